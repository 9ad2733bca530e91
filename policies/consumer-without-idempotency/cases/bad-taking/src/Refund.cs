namespace Shop.Baskets;

public class OrderCancelledHandler(IBaskets baskets, IBank bank) : IConsumer<OrderCancelled>
{
    public async Task Consume(ConsumeContext<OrderCancelled> context)
    {
        using var within = new CancellationTokenSource(timeout: TimeSpan.FromSeconds(2));
        await baskets.DeleteBasketAsync(context.User);
        await bank.issueRefund(context.Order).WaitAsync(limit);
    }
}
