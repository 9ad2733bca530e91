namespace Shop.Baskets;

public class OrderStartedHandler(IBaskets baskets, ILogger<OrderStartedHandler> logger) : IIntegrationEventHandler<OrderStarted>
{
    public async Task Handle(OrderStarted started)
    {
        if (started.User == null) return;
        logger.LogInformation("Order of {User} in {TraceId}", started.User, Activity.Current?.TraceId);
        await baskets.DeleteBasketAsync(started.User);
    }
}
