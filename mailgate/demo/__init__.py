"""The story `make demo` plays: real mails through a real, fresh mailgate, and what became of them."""
