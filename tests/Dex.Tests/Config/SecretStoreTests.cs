using Dex.Config;
using Dex.Testing;
using Dex.Yaml;

namespace Dex.Tests.Config;

public sealed class SecretStoreTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    string File => Path.Combine(_folder.Path, "home", "secrets.json");

    LocalSecretStore Store => new(File);

    [Fact]
    public async Task Its_file_and_folder_belong_to_the_owner_alone()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no modes");
        await Store.SetAsync("a", new Secret<string>("one"), Token);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public async Task Writers_at_the_same_time_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Store.SetAsync($"s{i}", new Secret<string>($"v{i}"), Token)));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"s{i}").Order(StringComparer.Ordinal), await Store.ListAsync(Token));
        Assert.Equal("v7", Assert.IsType<SecretAnswer.Found>(await Store.LookUpAsync("s7", Token)).Value.Reveal());
        Assert.True(await Store.RemoveAsync("s7", Token));
        Assert.False(await Store.RemoveAsync("s7", Token));
        Assert.Equal(["home/secrets.json", "home/secrets.json.lock"], Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder.Path, f)).Order());
    }

    [Fact]
    public async Task A_missing_secret_tells_how_to_add_it()
    {
        var missing = Assert.IsType<SecretAnswer.NotFound>(await Store.LookUpAsync("/dev/x", Token));
        Assert.Equal($"add `/dev/x` to the JSON map of names and values in {File}, a file that only you can read (mode 600)", missing.Help);
    }

    [Theory]
    [InlineData("""{"s":"hunter2-horse" """, UnixFileMode.UserRead, "DEX1058")]
    [InlineData("""{"s":5}""", UnixFileMode.UserRead, "DEX1058")]
    [InlineData("""["hunter2-horse"]""", UnixFileMode.UserRead, "DEX1058")]
    [InlineData("""{"s":"hunter2-horse"}""", UnixFileMode.UserRead | UnixFileMode.GroupRead, "DEX1061")]
    [InlineData("""{"s":"hunter2-horse"}""", UnixFileMode.UserRead | UnixFileMode.OtherWrite, "DEX1061")]
    public async Task A_file_that_is_not_right_is_refused_at_the_place_that_asks_and_shows_nothing_of_it(string content, UnixFileMode mode, string code)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no modes");
        _folder.Write("home/secrets.json", content);
        System.IO.File.SetUnixFileMode(File, mode);
        var resolved = await ShopFile.Resolve("dex: 1\nname: shop\nservices: { web: { image: i, env: { K: \"${{ secret('s') }}\" } } }\n", null, new EvaluationContext { Secrets = Store.LookUpAsync });
        var error = await Assert.ThrowsAsync<ConfigException>(() => resolved.Value.Services["web"].Env["K"].GetAsync(Token));
        var shown = DiagnosticRenderer.Render(error.Diagnostics);
        Assert.Contains(code, shown);
        Assert.Contains("dex.yaml:3:45", shown);
        Assert.DoesNotContain("hunter2", shown);
    }
}
