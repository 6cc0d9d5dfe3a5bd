"""The doors. Each takes mails in its own way, and each ends in the spool: yes only after it is durable."""
