namespace Shop.Baskets;

public class OrderCancelledHandler(IBaskets baskets, IBank bank) : IConsumer<OrderCancelled>
{
    public async Task Consume(ConsumeContext<OrderCancelled> context)
    {
        await baskets.DeleteBasketAsync(context.User);
        await bank.issueRefund(context.Order);
    }
}
