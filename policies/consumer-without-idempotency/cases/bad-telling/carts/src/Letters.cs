namespace Shop.Web;

public class Letters
{
    public async Task NotifyOrderChangedAsync(string user)
    {
        await _mail.Post(user);
    }
}
