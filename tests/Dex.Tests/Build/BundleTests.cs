using System.Formats.Tar;
using System.IO.Compression;
using Dex.App;
using Dex.Config;
using Dex.Features.Build;
using Dex.Features.Manifests;
using Dex.Yaml;

namespace Dex.Tests.Build;

public sealed class BundleTests : IDisposable
{
    static readonly BuildConfig Static = new() { Bundle = new BundleConfig { Entrypoint = ["node", "server.js"] } };
    readonly BuildWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task The_same_files_in_two_folders_give_the_same_digest()
    {
        var one = _workspace.App("one", ("server.js", "1"), ("lib/a.js", "a"), ("lib/ü.js", "u"));
        var two = _workspace.App("two", ("lib/ü.js", "u"), ("lib/a.js", "a"), ("server.js", "1"));
        File.SetLastWriteTimeUtc(Path.Combine(two, "server.js"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var first = await _workspace.BuildAsync(one, Static);
        using var other = new BuildWorkspace();
        var second = await other.BuildAsync(two, Static);
        Assert.False(second.Cached);
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal($"dex.local/shop/web@{first.Digest}", first.Reference);
    }

    [Fact]
    public async Task The_layer_holds_the_files_under_app_sorted_with_fixed_owner_and_time()
    {
        var longName = $"deep/{new string('n', 120)}.txt";
        var folder = _workspace.App("app", ("server.js", "hello"), ("b/x.js", "x"), (longName, "long"), ("dex.yaml", "dex: 1"), (".env", "SECRET=1"), (".git/HEAD", "ref"));
        File.SetUnixFileMode(Path.Combine(folder, "server.js"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(folder, "current"), "b");
        var entries = Entries(await _workspace.BuildAsync(folder, Static));
        Assert.Equal(["app/", "app/b/", "app/b/x.js", "app/current", "app/deep/", $"app/{longName}", "app/server.js"], entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(entries, entry => Assert.Equal((0, 0, DateTimeOffset.UnixEpoch), (entry.Uid, entry.Gid, entry.ModificationTime)));
        Assert.Equal("b", entries.Single(entry => entry.Name == "app/current").LinkName);
        Assert.True(entries.Single(entry => entry.Name == "app/server.js").Mode.HasFlag(UnixFileMode.OtherExecute));
        Assert.False(entries.Single(entry => entry.Name == "app/b/x.js").Mode.HasFlag(UnixFileMode.OtherExecute));
    }

    [Fact]
    public async Task An_unchanged_folder_is_not_built_again_and_a_change_is_named()
    {
        var folder = _workspace.App("app", ("server.js", "1"), ("lib.js", "2"));
        var first = await _workspace.BuildAsync(folder, Static);
        var second = await _workspace.BuildAsync(folder, Static);
        Assert.Equal(("first build here", false), (first.Reason, first.Cached));
        Assert.Equal(("unchanged", true, first.Digest), (second.Reason, second.Cached, second.Digest));
        BuildWorkspace.Write(folder, "lib.js", "3");
        var third = await _workspace.BuildAsync(folder, Static);
        Assert.Equal(("lib.js changed", false), (third.Reason, third.Cached));
        BuildWorkspace.Write(folder, "lib.js", "2");
        var fourth = await _workspace.BuildAsync(folder, Static);
        Assert.Equal((true, first.Digest), (fourth.Cached, fourth.Digest));
        var fifth = await _workspace.BuildAsync(folder, Static with { Base = "docker.io/library/node:22" });
        Assert.Equal("build settings changed", fifth.Reason);
    }

    [Fact]
    public async Task A_file_replaced_by_another_of_the_same_size_and_time_is_noticed()
    {
        var folder = _workspace.App("app", ("server.js", "aaaa"));
        var time = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Combine(folder, "server.js"), time);
        var first = await _workspace.BuildAsync(folder, Static);
        BuildWorkspace.Write(folder, "new", "bbbb");
        File.SetLastWriteTimeUtc(Path.Combine(folder, "new"), time);
        File.Move(Path.Combine(folder, "new"), Path.Combine(folder, "server.js"), overwrite: true);
        var second = await _workspace.BuildAsync(folder, Static);
        Assert.NotEqual(first.Digest, second.Digest);
    }

    [Fact]
    public async Task What_the_command_writes_is_packed_and_is_no_reason_for_the_next_build()
    {
        var build = new BuildConfig
        {
            Bundle = new BundleConfig { Run = ["sh", "build.sh"], Include = ["dist"], Entrypoint = ["node", "dist/server.js"] },
        };
        var folder = _workspace.App("app", ("build.sh", "mkdir -p dist; date +%N > dist/stamp; cat src.js > dist/server.js; echo built"), ("src.js", "1"));
        var first = await _workspace.BuildAsync(folder, build);
        Assert.Contains(new BuildOutput("web", "built"), _workspace.Progress.Events);
        Assert.Equal(["app/", "app/dist/", "app/dist/server.js", "app/dist/stamp"], Entries(first).Select(entry => entry.Name));
        Assert.Equal("unchanged", (await _workspace.BuildAsync(folder, build)).Reason);
        BuildWorkspace.Write(folder, "src.js", "2");
        Assert.Equal("src.js changed", (await _workspace.BuildAsync(folder, build)).Reason);
    }

    [Fact]
    public async Task Several_platforms_share_one_layer_under_an_index()
    {
        var folder = _workspace.App("app", ("server.js", "1"));
        var image = await _workspace.BuildAsync(folder, Static, "linux/amd64", "linux/arm64");
        var entries = _workspace.Layout.ReadJson(image.Digest)["manifests"]!.AsArray();
        Assert.Equal(["amd64", "arm64"], entries.Select(entry => (string?)entry!["platform"]!["architecture"]));
        var layers = entries.Select(entry => (string?)_workspace.Layout.ReadJson((string)entry!["digest"]!)["layers"]![0]!["digest"]);
        Assert.Single(layers.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Many_builders_share_one_layout()
    {
        var folders = Enumerable.Range(0, 8).Select(number => _workspace.App($"app{number % 4}", ("server.js", $"{number % 4}"))).ToList();
        var images = await Task.WhenAll(folders.Select((folder, number) => Task.Run(() => _workspace.Builder.BuildAsync(
            new BuildRequest(new AppConfig { Name = $"shop{number}", Services = new NamedMap<Service> { ["web"] = new() { Build = Static } } }, folder, []),
            _workspace.Progress,
            TestContext.Current.CancellationToken))));
        Assert.Equal(4, images.Select(image => image["web"].Digest).Distinct(StringComparer.Ordinal).Count());
        for (var number = 0; number < 8; number++)
        {
            Assert.Equal(images[number]["web"].Digest, _workspace.Layout.Find($"dex.local/shop{number}/web:latest")!.Digest);
        }
    }

    [Theory]
    [InlineData("DEX2006", "missing.js", "**")]
    [InlineData("DEX2007", "server.js", "nothing/**")]
    public async Task A_bundle_that_cannot_start_is_refused(string code, string script, string include)
    {
        var folder = _workspace.App("app", ("server.js", "1"));
        var build = new BuildConfig { Bundle = new BundleConfig { Include = [include], Entrypoint = ["node", script] } };
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(folder, build));
        Assert.Equal(code, error.Diagnostics[0].Code);
    }

    [Fact]
    public async Task A_failing_command_shows_its_own_last_lines()
    {
        var folder = _workspace.App("app", ("server.js", "1"));
        var build = new BuildConfig { Bundle = new BundleConfig { Run = ["sh", "-c", "echo out of cheese >&2; exit 7"], Entrypoint = ["node", "server.js"] } };
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(folder, build));
        Assert.Equal("DEX2001", error.Diagnostics[0].Code);
        Assert.Equal(["out of cheese"], error.Diagnostics[0].Details);
        Assert.Contains("exit code 7", error.Diagnostics[0].Title, StringComparison.Ordinal);
    }

    List<TarEntry> Entries(BuiltImage image)
    {
        var layer = (string)_workspace.Layout.ReadJson(image.Digest)["layers"]![0]!["digest"]!;
        using var reader = new TarReader(new GZipStream(_workspace.Layout.Open(layer), CompressionMode.Decompress));
        var entries = new List<TarEntry>();
        while (reader.GetNextEntry(copyData: true) is { } entry) entries.Add(entry);
        return entries;
    }
}
