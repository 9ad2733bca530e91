func (Order) TableName() string { return "parcels" }
