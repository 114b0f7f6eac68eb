using Dex.Testing;

namespace Dex.EndToEnd;

/// <summary>Asks an app for a page.</summary>
public static class Web
{
    static readonly HttpClient Client = LocalhostClient.Create();

    /// <summary>The status and the body.</summary>
    public static async Task<(int Status, string Body)> GetAsync(string url)
    {
        using var response = await Client.GetAsync(url, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
