using Dex.Features.Build;
using Dex.Features.Build.Images;
using Dex.Yaml;

namespace Dex.Tests.Build;

/// <summary>Dockerfile builds through a stand-in for <c>docker</c> that writes down its arguments and copies an image.</summary>
public sealed class DockerfileTests : IDisposable
{
    readonly BuildWorkspace _workspace;
    readonly string _bin = Directory.CreateTempSubdirectory("dex-bin-").FullName;

    public DockerfileTests() => _workspace = new BuildWorkspace(_bin);

    public void Dispose()
    {
        _workspace.Dispose();
        Directory.Delete(_bin, recursive: true);
    }

    [Fact]
    public async Task The_image_of_buildx_is_taken_over_and_its_settings_are_passed_on()
    {
        await WriteDockerAsync("""
            for word; do case $word in type=oci,dest=*) tar -C "$LAYOUT" -cf "${word#type=oci,dest=}" . ;; esac; done
            printf '%s\n' "$@" > "$LAYOUT/../arguments"
            """);
        var folder = App();
        var build = new BuildConfig
        {
            Dockerfile = "Dockerfile",
            Target = "final",
            Args = new() { ["VERSION"] = "1" },
            Secrets = new() { ["npmrc"] = "secrets/npmrc" },
            Ssh = true,
            Cache = "type=registry,ref=registry.example.com/cache",
        };
        var first = await _workspace.BuildAsync(folder, build);
        var arguments = await File.ReadAllLinesAsync(Path.Combine(_workspace.Root, "arguments"));
        Assert.Equal("buildx", arguments[0]);
        Assert.Contains($"id=npmrc,src={folder}/secrets/npmrc", arguments);
        Assert.Contains("VERSION=1", arguments);
        Assert.Contains("default", arguments);
        Assert.Contains("type=registry,ref=registry.example.com/cache,mode=max", arguments);
        Assert.Equal(folder, arguments[^1]);
        Assert.True(ImageBlobs.AreComplete(_workspace.Layout, new Descriptor(MediaTypes.Manifest, first.Digest, new FileInfo(_workspace.Layout.BlobPath(first.Digest)).Length)));
        Assert.Equal("unchanged", (await _workspace.BuildAsync(folder, build)).Reason);
        BuildWorkspace.Write(folder, "ignored/file", "2");
        Assert.Equal("unchanged", (await _workspace.BuildAsync(folder, build)).Reason);
        BuildWorkspace.Write(folder, "main.c", "2");
        Assert.Equal("main.c changed", (await _workspace.BuildAsync(folder, build)).Reason);
    }

    /// <summary>A stand-in for the program: it writes down what it is given, and where its output goes it puts an image.</summary>
    const string Recording = """
        printf '%s\n' "$@" > "$LAYOUT/../arguments"; env > "$LAYOUT/../environment"; cat > "$LAYOUT/../input"; pwd > "$LAYOUT/../folder"
        for word; do case $word in type=oci,dest=*) tar -C "$LAYOUT" -cf "${word#type=oci,dest=}" . ;; esac; done
        """;

    static readonly BuildConfig Everything = new()
    {
        Dockerfile = "Dockerfile",
        Target = "final",
        Args = new() { ["VERSION"] = "1" },
        Secrets = new() { ["npmrc"] = "secrets/npmrc" },
        Ssh = true,
        Cache = "type=registry,ref=registry.example.com/cache",
    };

    [Fact]
    public async Task A_build_service_by_address_is_called_with_exactly_this_and_never_with_a_secrets_value()
    {
        await WriteProgramAsync("buildctl", Recording);
        var folder = App();
        await _workspace.BuildAsync(folder, Everything with { Builder = "tcp://buildkit.example.com:1234" }, "linux/amd64", "linux/arm64");

        var arguments = await RecordedAsync(folder);
        var output = Assert.Single(arguments, argument => argument.StartsWith("type=oci,dest=", StringComparison.Ordinal));
        Assert.Equal(
        [
            "--addr", "tcp://buildkit.example.com:1234", "build", "--progress=plain", "--frontend", "dockerfile.v0",
            "--local", $"context={folder}", "--local", $"dockerfile={folder}", "--opt", "filename=Dockerfile", "--opt", "platform=linux/amd64,linux/arm64",
            "--output", output, "--opt", "target=final", "--opt", "build-arg:VERSION=1", "--secret", $"id=npmrc,src={folder}/secrets/npmrc", "--ssh", "default",
            "--import-cache", "type=registry,ref=registry.example.com/cache", "--export-cache", "type=registry,ref=registry.example.com/cache,mode=max",
        ], arguments);
        // What it has written was taken over, and is gone.
        Assert.False(File.Exists(output["type=oci,dest=".Length..]));
    }

    [Fact]
    public async Task Buildx_with_a_builder_is_called_with_exactly_this_and_never_with_a_secrets_value()
    {
        await WriteDockerAsync($$"""
            case "$1 $2" in "buildx version") exit 0 ;; "buildx inspect") echo "Driver: remote"; exit 0 ;; esac
            {{Recording}}
            """);
        var folder = App();
        await _workspace.BuildAsync(folder, Everything with { Builder = "team" }, "linux/amd64");

        var arguments = await RecordedAsync(folder);
        var output = Assert.Single(arguments, argument => argument.StartsWith("type=oci,dest=", StringComparison.Ordinal));
        Assert.Equal(
        [
            "buildx", "build", "--provenance=false", "--output", output, "--builder", "team",
            "--cache-from", "type=registry,ref=registry.example.com/cache", "--cache-to", "type=registry,ref=registry.example.com/cache,mode=max",
            "--progress=plain", "--file", $"{folder}/Dockerfile", "--platform", "linux/amd64", "--target", "final", "--build-arg", "VERSION=1",
            "--secret", $"id=npmrc,src={folder}/secrets/npmrc", "--ssh", "default", folder,
        ], arguments);
    }

    /// <summary>The arguments of the program; it had no input, no secret and what makes a build reproducible in its environment.</summary>
    async Task<string[]> RecordedAsync(string folder)
    {
        async Task<string> ReadAsync(string file) => await File.ReadAllTextAsync(Path.Combine(_workspace.Root, file), TestContext.Current.CancellationToken);
        Assert.Equal(("", folder + "\n"), (await ReadAsync("input"), await ReadAsync("folder")));
        var environment = (await ReadAsync("environment")).Split('\n');
        Assert.Contains("SOURCE_DATE_EPOCH=0", environment);
        Assert.Contains("DOCKER_BUILDKIT=1", environment);
        var arguments = await ReadAsync("arguments");
        Assert.DoesNotContain("very-secret", string.Concat(environment) + arguments + string.Concat(Directory.GetFiles(_workspace.Host.DexHome, "*.log", SearchOption.AllDirectories).Select(File.ReadAllText)), StringComparison.Ordinal);
        return arguments.TrimEnd('\n').Split('\n');
    }

    [Fact]
    public async Task A_dockerfile_that_fails_shows_the_builders_last_lines()
    {
        await WriteDockerAsync("[ \"$2\" = version ] && exit 0; echo 'Dockerfile:3: unknown instruction: FORM' >&2; exit 1");
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(App(), new BuildConfig { Dockerfile = "Dockerfile" }));
        Assert.Equal("DEX2001", error.Diagnostics[0].Code);
        Assert.Equal(["Dockerfile:3: unknown instruction: FORM"], error.Diagnostics[0].Details);
    }

    [Fact]
    public async Task A_dockerfile_that_is_not_there_is_named()
    {
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(App(), new BuildConfig { Dockerfile = "Nowhere" }));
        Assert.Equal("DEX2003", error.Diagnostics[0].Code);
    }

    [Fact]
    public async Task A_build_service_by_address_needs_buildctl()
    {
        await WriteDockerAsync("exit 0");
        if (_workspace.Get<Processes.ProcessRunner>().Find("buildctl") is not null) Assert.Skip("needs a machine without buildctl");
        var build = new BuildConfig { Dockerfile = "Dockerfile", Builder = "tcp://buildkit.example.com:1234" };
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(App(), build));
        Assert.Equal("DEX2008", error.Diagnostics[0].Code);
        Assert.Contains("`buildctl`", error.Diagnostics[0].Title, StringComparison.Ordinal);
    }

    string App() => _workspace.App(
        "app", ("Dockerfile", "FROM scratch"), (".dockerignore", "ignored\n!ignored/kept\n"), ("secrets/npmrc", "very-secret"), ("main.c", "1"), ("ignored/file", "1"));

    Task WriteDockerAsync(string body) => WriteProgramAsync("docker", body);

    async Task WriteProgramAsync(string name, string body)
    {
        var layoutFolder = Path.Combine(_workspace.Root, "made");
        var layout = new ImageLayout(layoutFolder, TimeProvider.System);
        var layer = Layer.Pack(layout, [new LayerFile("app/file", _workspace.App("content", ("file", "1")) + "/file")], TestContext.Current.CancellationToken);
        var image = new AppImage { Entrypoint = ["run"] };
        ImagePlatform[] platforms = [new("linux", "amd64"), new("linux", "arm64")];
        await layout.NameAsync("made", AppImage.WriteIndex(layout, platforms.Select(platform => (platform, image.Write(layout, layer, platform)))), TestContext.Current.CancellationToken);
        var program = Path.Combine(_bin, name);
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nLAYOUT={layoutFolder}\n{body}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
