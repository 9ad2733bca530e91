namespace Shop.Web;

public class OrderPaidHandler(IPages pages, ILogger<OrderPaidHandler> logger) : IIntegrationEventHandler<OrderPaid>
{
    public async Task Handle(OrderPaid paid)
    {
        logger.LogInformation("Order of {User} in {TraceId}", paid.User, Activity.Current?.TraceId);
        await pages.NotifyOrderChangedAsync(paid.User);
    }
}
