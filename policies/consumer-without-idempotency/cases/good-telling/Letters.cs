namespace Shop.Web;

public class Letters
{
    public async Task NotifyByLetterAsync(string user)
    {
        await _mail.Post(user);
    }
}
