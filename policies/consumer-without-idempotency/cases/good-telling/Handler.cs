namespace Shop.Web;

public class OrderPaidHandler(OpenPages pages, ILogger<OrderPaidHandler> logger) : IIntegrationEventHandler<OrderPaid>
{
    public async Task Handle(OrderPaid paid)
    {
        logger.LogInformation("Order of {User}", paid.User);
        await pages.NotifyOrderChangedAsync(paid.User);
    }
}
