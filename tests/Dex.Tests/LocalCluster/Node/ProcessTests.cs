using Dex.LocalCluster.Node;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Node.Processes;
using Dex.Testing;

namespace Dex.Tests.LocalCluster.Node;

public sealed class ProcessTests
{
    static readonly Dictionary<string, string> Environment = new() { ["PATH"] = "/usr/bin:/bin" };

    [Fact]
    public async Task A_process_that_a_killed_agent_left_behind_is_ended_and_a_stranger_with_its_number_is_not()
    {
        using var folder = new TemporaryFolder();
        var ours = ChildProcess.Start(new("/bin/sleep", ["sleep", "60"], Environment, "/"));
        var stranger = ChildProcess.Start(new("/bin/sleep", ["sleep", "60"], Environment, "/"));
        new ProcessRecords(folder.Path).Add(ours.Pid);
        folder.Write(stranger.Pid.ToString(), "another start time");

        var killed = new ProcessRecords(folder.Path).KillLeftovers();

        Assert.Equal(1, killed);
        Assert.Equal(137, await ours.Exit.WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken));
        Assert.False(stranger.Exit.IsCompleted);
        Assert.Empty(Directory.GetFiles(folder.Path));
        stranger.Signal(Libc.SigKill);
    }

    [Fact]
    public async Task A_child_has_its_own_session_and_default_signals()
    {
        var child = ChildProcess.Start(new("/bin/sh", ["sh", "-c", "kill -PIPE $$; sleep 5"], Environment, "/"));

        Assert.Equal(128 + Libc.SigPipe, await child.Exit.WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/no/such/program", "/", "no such file")]
    [InlineData("/bin/sh", "/no/such/folder", "working directory")]
    [InlineData("/dev/null", "/", "permission denied")]
    public void What_cannot_start_says_why(string program, string directory, string reason)
    {
        var failure = Assert.Throws<IOException>(() => ChildProcess.Start(new(program, [program], Environment, directory)));

        Assert.Contains(reason, failure.Message);
    }

    [Theory]
    [InlineData("/data/x", "/vol/x")]
    [InlineData("/data", "/vol")]
    [InlineData("/database", "/database")]
    [InlineData("--config=/data/app.yaml", "--config=/vol/app.yaml")]
    [InlineData("cat '/data/a' >/data/b;ls /data", "cat '/vol/a' >/vol/b;ls /vol")]
    [InlineData("http://host/data/x", "http://host/data/x")]
    [InlineData("/etc/ssl:/data/ssl", "/etc/ssl:/vol/ssl")]
    [InlineData("/data/deep/y", "/deep/y")]
    [InlineData("http://host/login?next=/data&x=1", "http://host/login?next=/vol&x=1")]
    [InlineData("postgres://u:p@db/x?sslrootcert=/data/ca.pem /data/z", "postgres://u:p@db/x?sslrootcert=/vol/ca.pem /vol/z")]
    [InlineData("a://b,/data/x", "a://b,/vol/x")]
    public void Paths_are_rewritten_where_they_begin(string text, string expected)
    {
        var map = new PathMap("/no-root", new Dictionary<string, string> { ["/data"] = "/vol", ["/data/deep/"] = "/deep" });

        Assert.Equal(expected, map.Rewrite(text));
    }

    [Theory]
    [InlineData("/app/run.sh", "{root}/app/run.sh")]
    [InlineData("--root=/app", "--root={root}/app")]
    [InlineData("/bin:/app:/app/bin", "/bin:{root}/app:/app/bin")]
    [InlineData("postgres://app:secret@db:5432/app", "postgres://app:secret@db:5432/app")]
    [InlineData("http://[::1]/app", "http://[::1]/app")]
    [InlineData("http://{host}/app?to=/app", "http://{host}/app?to=/app")]
    [InlineData("//app", "//app")]
    [InlineData("amqp://app:/app@mq//app", "amqp://app:/app@mq//app")]
    [InlineData("curl http://app:80/app -o /app/out;cat /app/run.sh", "curl http://app:80/app -o /app/out;cat {root}/app/run.sh")]
    public void Only_what_is_a_path_of_the_image_is_rewritten(string text, string expected)
    {
        var root = Directory.CreateTempSubdirectory("dex-map-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, "app"));
            File.WriteAllText(Path.Combine(root, "app", "run.sh"), "");

            Assert.Equal(expected.Replace("{root}", root), new PathMap(root, []).Rewrite(text));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void Restarts_wait_as_kubelet_waits()
    {
        var backOff = new RestartBackOff();

        Assert.Equal([0, 10, 20, 40, 80, 160, 300, 300], Enumerable.Range(0, 8).Select(_ => (int)backOff.Next(TimeSpan.FromSeconds(1)).TotalSeconds));
        Assert.Equal(TimeSpan.Zero, backOff.Next(TimeSpan.FromMinutes(11)));
    }
}
