namespace Shop.Web;

public class OpenPages
{
    public Task NotifyOrderChangedAsync(string user)
    {
        return Task.WhenAll(_pages[user].Select(page => page.Refresh()));
    }
}
