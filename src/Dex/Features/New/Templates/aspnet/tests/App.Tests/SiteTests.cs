namespace App.Tests;

public sealed class SiteTests
{
    [Theory]
    [InlineData("/", "Hello from __NAME__")]
    [InlineData("/healthz", "ok")]
    public async Task Pages_answer(string path, string expected)
    {
        await using var app = Site.Create(["--urls", "http://127.0.0.1:0"]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var body = await client.GetStringAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(expected, body.TrimEnd());
    }
}
