@Table(schema = "shop", name = "gifts")
class Gift {}
