"""The grammar of the language, and what Lark is given beside it: tables, tokens as they are meant, nodes for rules."""
