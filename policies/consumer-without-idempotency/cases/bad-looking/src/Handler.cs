namespace Shop.Baskets;

public class OrderStartedHandler(ILogger<OrderStartedHandler> logger) : IIntegrationEventHandler<OrderStarted>
{
    public async Task Handle(OrderStarted started)
    {
        count++;
        logger.LogInformation("Order of {User} in {TraceId}", started.User, Activity.Current?.TraceId);
    }
}
