"""Language host: lets an engine built from its Go modules run Python programs and policy packs."""
