using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>What a program finds: image, variables, volumes, ports.</summary>
public sealed class ContainerSetupTests : IAsyncLifetime
{
    NodeFixture _node = null!;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Entrypoint_and_Cmd_run_in_the_working_directory_with_the_variables_of_the_image()
    {
        var image = _node.Images.Add("app", new JsonObject
        {
            ["Entrypoint"] = new JsonArray("/app/run.sh"),
            ["Cmd"] = new JsonArray("default"),
            ["Env"] = new JsonArray("GREETING=hi", "DATA=/app/data"),
            ["WorkingDir"] = "/app",
        }, ("app/run.sh", "#!/bin/sh\necho $GREETING $1; cat ./data/file; cat $DATA/file\n"), ("app/data/file", "content\n"));

        var withCmd = await RunImageAsync(image, new());
        var withArgs = await RunImageAsync(image, new() { ["args"] = new JsonArray("given") });
        var withCommand = await RunImageAsync(image, new() { ["command"] = new JsonArray("/bin/sh", "-c"), ["args"] = new JsonArray("cat /app/data/file") });

        Assert.Equal("hi default\ncontent\ncontent\n", withCmd);
        Assert.StartsWith("hi given\n", withArgs);
        Assert.Equal("content\n", withCommand);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_container_never_changes_its_image(bool readOnlyRoot)
    {
        var image = _node.Images.Add("app", new JsonObject { ["Entrypoint"] = new JsonArray("/bin/sh", "-c"), ["WorkingDir"] = "/app" }, ("app/file", "original\n"));
        var script = new JsonObject { ["args"] = new JsonArray("cat file; (echo changed > file) 2>/dev/null; true") };
        if (readOnlyRoot) script["securityContext"] = new JsonObject { ["readOnlyRootFilesystem"] = true };
        Assert.SkipWhen(readOnlyRoot && Environment.IsPrivilegedProcess, "needs an ordinary user: root writes to read-only files");

        var first = await RunImageAsync(image, script.DeepClone().AsObject());
        var second = await RunImageAsync(image, script);

        Assert.Equal("original\n", first);
        Assert.Equal("original\n", second);
    }

    [Fact]
    public async Task The_manifest_for_this_machine_is_chosen_from_an_index()
    {
        var index = _node.Images.AddIndex("multi", _node.Shell);

        Assert.Equal("ok\n", await RunImageAsync(index, new() { ["args"] = new JsonArray("echo ok") }));
    }

    [Fact]
    public async Task Later_layers_cover_and_remove_files_of_earlier_ones()
    {
        var image = _node.Images.Add("layers", new JsonObject { ["Entrypoint"] = new JsonArray("/bin/sh", "-c"), ["WorkingDir"] = "/app" },
        [
            TestImages.Layer(File("app/a", "1"), File("app/b", "1"), File("app/dir/c", "1")),
            TestImages.Layer(File("app/a", "2"), File("app/.wh.b", ""), File("app/dir/.wh..wh..opq", ""), File("app/dir/d", "2")),
        ]);

        Assert.Equal("./a\n./dir\n./dir/d\n2", await RunImageAsync(image, new() { ["args"] = new JsonArray("find . -mindepth 1 | sort; cat a") }));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("link/outside")]
    public async Task A_layer_that_leaves_the_image_is_refused(string path)
    {
        var link = new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "." };
        var image = _node.Images.Add("evil", new JsonObject { ["Cmd"] = new JsonArray("true") }, [TestImages.Layer(link, File(path, "x"))]);

        var key = await _node.RunAsync([], new() { ["image"] = image });

        var pod = await _node.WaitAsync(key, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "ImagePullBackOff");
        Assert.Contains("leaves the image", NodeFixture.Container(pod).Text("state", "waiting", "message"));
    }

    [Fact]
    public async Task Links_of_an_image_stay_inside_it()
    {
        var absolute = new PaxTarEntry(TarEntryType.SymbolicLink, "app/absolute") { LinkName = "/app/file" };
        var image = _node.Images.Add("links", new JsonObject { ["Entrypoint"] = new JsonArray("/bin/sh", "-c"), ["WorkingDir"] = "/app" }, [TestImages.Layer(File("app/file", "inside"), absolute)]);

        Assert.Equal("inside", await RunImageAsync(image, new() { ["args"] = new JsonArray("cat absolute") }));
    }

    [Fact]
    public async Task Variables_come_from_everywhere_and_expand()
    {
        await _node.CreateAsync("configmaps", "ConfigMap", "settings", new() { ["data"] = new JsonObject { ["color"] = "blue", ["shape"] = "round" } });
        await _node.CreateAsync("secrets", "Secret", "keys", new() { ["data"] = new JsonObject { ["token"] = Convert.ToBase64String("s3cret"u8) } });
        var container = JsonNode.Parse("""
            {
              "resources": {"limits": {"memory": "64Mi", "cpu": "250m"}},
              "envFrom": [{"prefix": "CFG_", "configMapRef": {"name": "settings"}}, {"secretRef": {"name": "absent", "optional": true}}],
              "env": [
                {"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "color"}}},
                {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}},
                {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "nope", "optional": true}}},
                {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                {"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}},
                {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
                {"name": "TEXT", "value": "$(COLOR)-$(CFG_shape)-$(UNKNOWN)-$$(COLOR)"}
              ]
            }
            """)!.AsObject();

        var output = await _node.OutputOfAsync("echo $COLOR $TOKEN ${NONE-unset} $APP ${IP%%.*} $MEMORY $CPU; echo \"$TEXT\"; echo $(CFG_color)", container);

        Assert.Equal("blue s3cret unset test 127 64 1\nblue-round-$(UNKNOWN)-$(COLOR)\nblue\n", output);
    }

    [Fact]
    public async Task A_missing_ConfigMap_is_waited_for()
    {
        var key = await _node.RunScriptAsync("echo $COLOR", container: new() { ["env"] = JsonNode.Parse("""[{"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "late", "key": "color"}}}]""") });
        var pod = await _node.WaitAsync(key, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "CreateContainerConfigError");
        Assert.Equal("configmap \"late\" not found", NodeFixture.Container(pod).Text("state", "waiting", "message"));

        await _node.CreateAsync("configmaps", "ConfigMap", "late", new() { ["data"] = new JsonObject { ["color"] = "red" } });

        await _node.WaitForPhaseAsync(key, "Succeeded");
        Assert.Equal("red\n", _node.LogOf(key));
    }

    [Fact]
    public async Task Volumes_are_folders_that_paths_are_rewritten_to()
    {
        await _node.CreateAsync("configmaps", "ConfigMap", "files", new() { ["data"] = new JsonObject { ["a.txt"] = "A", ["b.txt"] = "B" } });
        await _node.CreateAsync("secrets", "Secret", "keys", new() { ["data"] = new JsonObject { ["token"] = Convert.ToBase64String("T"u8) } });
        var spec = JsonNode.Parse("""
            {"volumes": [
              {"name": "files", "configMap": {"name": "files", "items": [{"key": "a.txt", "path": "deep/a"}]}},
              {"name": "all", "projected": {"sources": [
                {"configMap": {"name": "files"}}, {"secret": {"name": "keys"}},
                {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}]}},
              {"name": "scratch", "emptyDir": {}}
            ]}
            """)!.AsObject();
        var container = JsonNode.Parse("""
            {"env": [{"name": "FILES", "value": "/etc/files/deep/a"}],
             "volumeMounts": [{"name": "files", "mountPath": "/etc/files"}, {"name": "all", "mountPath": "/all"}, {"name": "all", "mountPath": "/one", "subPath": "b.txt"}, {"name": "scratch", "mountPath": "/tmp"}]}
            """)!.AsObject();

        var output = await _node.OutputOfAsync("cat $FILES /all/b.txt /all/token /all/labels /one; touch \"$TMPDIR/x\" && ls /tmp; stat -c %a -L /all/token", container, spec);

        Assert.Equal("ABTapp=\"test\"Bx\n644\n", output);
    }

    [Fact]
    public async Task A_changed_ConfigMap_changes_the_files_of_running_pods()
    {
        await _node.CreateAsync("configmaps", "ConfigMap", "files", new() { ["data"] = new JsonObject { ["a"] = "old\n" } });
        var key = await _node.RunScriptAsync("cat /files/a; until grep -q new /files/a; do sleep 0.02; done; cat /files/a; ls /files",
            container: new() { ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "files", ["mountPath"] = "/files" }) },
            pod: new() { ["volumes"] = JsonNode.Parse("""[{"name": "files", "configMap": {"name": "files"}}]""") });
        await _node.WaitAsync(key, _ => _node.LogOf(key) == "old\n");

        await _node.Registry.UpdateAsync(new ObjectKey("configmaps", "default", "files"), map => { map["data"] = new JsonObject { ["a"] = "new\n", ["b"] = "" }; return true; }, "", TestContext.Current.CancellationToken);

        await _node.WaitForPhaseAsync(key, "Succeeded");
        Assert.Equal("old\nnew\na\nb\n", _node.LogOf(key));
    }

    [Fact]
    public async Task A_folder_of_the_machine_is_refused()
    {
        var key = await _node.RunScriptAsync("true", pod: new() { ["volumes"] = JsonNode.Parse("""[{"name": "host", "hostPath": {"path": "/etc"}}]""") });

        await NodeFixture.UntilAsync(() => _node.EventsOf(key).Any(e => e.Text("reason") == "FailedMount" && e.Text("message")!.Contains("hostPath /etc is refused")));
        Assert.Equal("Pending", _node.Get(key).Text("status", "phase"));
    }

    [Fact]
    public async Task PORT_is_a_free_port_of_the_machine_and_expands_into_other_variables()
    {
        JsonObject Container() => JsonNode.Parse("""
            {"ports": [{"containerPort": 8080}, {"containerPort": 9090, "name": "grpc"}],
             "env": [{"name": "PORT", "value": "8080"}, {"name": "PORT_GRPC", "value": "9090"}, {"name": "URLS", "value": "http://+:$(PORT)"}, {"name": "OTHER", "value": "8080"}]}
            """)!.AsObject();

        var first = (await _node.OutputOfAsync("echo $PORT $PORT_GRPC $URLS $OTHER $(PORT)", Container())).Split();

        Assert.InRange(int.Parse(first[0]), 20000, 29999);
        Assert.InRange(int.Parse(first[1]), 20000, 29999);
        Assert.NotEqual(first[0], first[1]);
        Assert.Equal([$"http://+:{first[0]}", "8080", first[0]], first[2..5]);
    }

    [Fact]
    public async Task Services_are_announced()
    {
        await _node.CreateAsync("services", "Service", "my-db", JsonNode.Parse("""{"spec": {"clusterIP": "127.11.22.33", "ports": [{"name": "sql", "port": 35432}, {"name": "web", "port": 38080}]}}""")!.AsObject());

        Assert.Equal("127.11.22.33 35432 38080\n", await _node.OutputOfAsync("echo $MY_DB_SERVICE_HOST $MY_DB_SERVICE_PORT $MY_DB_SERVICE_PORT_WEB"));
        Assert.Equal("none\n", await _node.OutputOfAsync("echo ${MY_DB_SERVICE_HOST-none}", pod: new() { ["enableServiceLinks"] = false }));
    }

    static PaxTarEntry File(string path, string content) => new(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)), Mode = (UnixFileMode)0x1ed };

    async Task<string> RunImageAsync(string image, JsonObject container)
    {
        container["image"] = image;
        var key = await _node.RunAsync([], container);
        await _node.WaitAsync(key, p => p.Text("status", "phase") is "Succeeded" or "Failed");
        return _node.LogOf(key);
    }
}
