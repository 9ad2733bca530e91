class Refund:
    __tablename__ = "refunds"
