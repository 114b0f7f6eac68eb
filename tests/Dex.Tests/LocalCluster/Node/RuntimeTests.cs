using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Engines;

namespace Dex.Tests.LocalCluster.Node;

public sealed class RuntimeTests
{
    [Fact]
    public async Task Without_an_engine_the_node_says_that_pods_are_processes()
    {
        await using var node = await NodeFixture.StartAsync();
        Assert.Equal("process", await ReadAsync(node));
    }

    [Fact]
    public async Task An_engine_that_answers_is_named_and_one_that_does_not_is_left_alone()
    {
        using var programs = new Dex.Testing.TemporaryFolder();
        Program(programs, "docker", "echo 'cannot connect' >&2; exit 1");
        Program(programs, "podman", "[ \"$1\" = version ] && echo 5.1.0");
        await using var node = await NodeFixture.StartAsync(options => options with
        {
            Engine = EngineChoice.Auto,
            HostEnvironment = new Dictionary<string, string> { ["PATH"] = $"{programs.Path}:/usr/bin:/bin" },
        });
        Assert.Equal("podman://5.1.0", (await node.Agent.Context.Engine.FoundAsync())?.Runtime);
        await NodeFixture.UntilAsync(() => node.Registry.Get(new("nodes", "", node.Options.NodeName))!.ToJson().Text("status", "nodeInfo", "containerRuntimeVersion") == "podman://5.1.0");
        Assert.Equal("podman 5.1.0", await ReadAsync(node));
    }

    [Fact]
    public async Task An_engine_of_another_machine_is_not_used()
    {
        using var programs = new Dex.Testing.TemporaryFolder();
        Program(programs, "docker", "echo 27.0.0");
        await using var node = await NodeFixture.StartAsync(options => options with
        {
            Engine = EngineChoice.Auto,
            HostEnvironment = new Dictionary<string, string> { ["PATH"] = $"{programs.Path}:/usr/bin:/bin", ["DOCKER_HOST"] = "tcp://build.example.com:2376" },
        });
        Assert.Null(await node.Agent.Context.Engine.FoundAsync());
    }

    static async Task<string?> ReadAsync(NodeFixture node)
    {
        using var client = new KubeClient(KubeConnection.WithToken(node.Server.Address, node.Authority, node.Server.Token));
        return await LocalRuntime.ReadAsync(client, TestContext.Current.CancellationToken);
    }

    static void Program(Dex.Testing.TemporaryFolder folder, string name, string body) =>
        File.SetUnixFileMode(folder.Write(name, $"#!/bin/sh\n{body}\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
