namespace Shop.Web;

public interface IPages
{
    Task NotifyOrderChangedAsync(string user);
}
