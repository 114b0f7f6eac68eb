using Dex.App;

namespace Dex.Features.Environments;

/// <summary>The service that the environment's own address belongs to.</summary>
static class MainService
{
    /// <summary>The only routed one, else <c>web</c>, else the first routed; null when nothing is routed.</summary>
    public static string? Of(AppConfig app)
    {
        var routed = app.Services.Where(service => service.Value.Route is not null).Select(service => service.Key).ToList();
        return routed.Contains("web") ? "web" : routed.FirstOrDefault();
    }
}
