using Dex.Tests.LocalCluster.Node;

namespace Dex.Tests.LocalCluster.Clients;

/// <summary>What people do with kubectl all day, with the unmodified program.</summary>
public sealed class KubectlTests(ClientFixture cluster) : IClassFixture<ClientFixture>
{
    readonly Kubectl _kubectl = Kubectl.OrSkip(cluster.KubeConfig);

    /// <summary>kubectl's own generators; the newer kubectl sends what they make as protobuf.</summary>
    [Theory]
    [InlineData("namespace made", "namespace/made")]
    [InlineData("deployment made --image=shell --replicas=0 --port=80", "deployment.apps/made")]
    [InlineData("configmap made --from-literal=a=b", "configmap/made")]
    [InlineData("secret generic made --from-literal=a=b", "secret/made")]
    [InlineData("secret docker-registry pull --docker-server=r.example.com --docker-username=u --docker-password=p", "secret/pull")]
    [InlineData("serviceaccount made", "serviceaccount/made")]
    [InlineData("role made --verb=get,list --resource=pods", "role.rbac.authorization.k8s.io/made")]
    [InlineData("rolebinding made --role=made --serviceaccount=default:made", "rolebinding.rbac.authorization.k8s.io/made")]
    [InlineData("clusterrole made --verb=get --resource=nodes", "clusterrole.rbac.authorization.k8s.io/made")]
    [InlineData("clusterrolebinding made --clusterrole=made --user=ann", "clusterrolebinding.rbac.authorization.k8s.io/made")]
    [InlineData("service clusterip made --tcp=80:8080", "service/made")]
    [InlineData("service nodeport made-node --tcp=80:8080", "service/made-node")]
    [InlineData("service loadbalancer made-balancer --tcp=80:8080", "service/made-balancer")]
    [InlineData("service externalname made-name --external-name=example.com", "service/made-name")]
    [InlineData("job made --image=shell", "job.batch/made")]
    [InlineData("cronjob made --image=shell --schedule=0_0_1_1_*", "cronjob.batch/made")]
    [InlineData("quota made --hard=pods=100", "resourcequota/made")]
    [InlineData("poddisruptionbudget made --selector=app=none --min-available=1", "poddisruptionbudget.policy/made")]
    [InlineData("priorityclass made --value=1000", "priorityclass.scheduling.k8s.io/made")]
    [InlineData("ingress made --rule=made.localhost/*=made:80", "ingress.networking.k8s.io/made")]
    public async Task Every_generator_of_create_makes_its_object(string arguments, string name)
    {
        var words = arguments.Split(' ').Select(word => word.Replace('_', ' ')).ToArray();

        Assert.Equal($"{name} created\n", await OkAsync(["create", .. words]));
        Assert.Equal($"{name}\n", await OkAsync("get", name, "-o", "name"));
        Assert.Contains($"{name.Split('/')[1]}", await OkAsync("describe", name));
        Assert.EndsWith("deleted\n", await OkAsync("delete", name));
    }

    [Fact]
    public async Task A_token_is_created_for_a_service_account_and_works()
    {
        await OkAsync("create", "serviceaccount", "robot");
        var token = (await OkAsync("create", "token", "robot", "--duration=10m")).Trim();

        Assert.Equal("system:serviceaccount:default:robot", await OkAsync("--token", token, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"));
    }

    [Fact]
    public async Task An_object_is_applied_compared_edited_patched_labelled_and_deleted()
    {
        var file = cluster.Write("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: daily}\ndata: {a: '1'}\n");
        Assert.Equal("configmap/daily created\n", await OkAsync("apply", "-f", file));
        Assert.Equal("configmap/daily unchanged\n", await OkAsync("apply", "-f", file));
        Assert.Equal("", await OkAsync("diff", "-f", file));
        cluster.Write("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: daily}\ndata: {a: '2'}\n");
        var (changed, difference, _) = await _kubectl.RunAsync("diff", "-f", file);
        Assert.Equal(1, changed);
        Assert.Contains("+  a: \"2\"", difference);
        Assert.Equal("configmap/daily serverside-applied\n", await OkAsync("apply", "--server-side", "-f", file));
        Assert.Equal("", await OkAsync("diff", "--server-side", "-f", file));

        var editor = cluster.Write("editor.sh", "#!/bin/sh\nsed -i 's/a: \"2\"/a: edited/' \"$1\"\n");
        File.SetUnixFileMode(editor, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _kubectl.Environment["EDITOR"] = editor;
        Assert.Equal("configmap/daily edited\n", await OkAsync("edit", "configmap/daily"));
        Assert.Equal("configmap/daily patched\n", await OkAsync("patch", "configmap/daily", "-p", "{\"data\":{\"b\":\"3\"}}"));
        Assert.Equal("configmap/daily labeled\n", await OkAsync("label", "configmap/daily", "tier=x"));
        Assert.Equal("configmap/daily annotated\n", await OkAsync("annotate", "configmap/daily", "note=x"));
        Assert.Equal("{\"a\":\"edited\",\"b\":\"3\"}", await OkAsync("get", "configmap", "-l", "tier=x", "-o", "jsonpath={.items[0].data}"));
        Assert.Equal("configmap \"daily\" deleted\n", await OkAsync("delete", "configmap", "daily"));
    }

    [Fact]
    public async Task A_workload_is_scaled_autoscaled_exposed_and_explained()
    {
        await OkAsync("create", "deployment", "site", "--image=shell", "--replicas=0", "--port=80");
        Assert.Equal("deployment.apps/site scaled\n", await OkAsync("scale", "deployment/site", "--replicas=1"));
        Assert.Equal("horizontalpodautoscaler.autoscaling/site autoscaled\n", await OkAsync("autoscale", "deployment/site", "--min=1", "--max=3", "--cpu-percent=50"));
        Assert.Matches("site +Deployment/site +cpu: <unknown>/50% +1 +3", await OkAsync("get", "hpa"));
        Assert.Equal("service/site exposed\n", await OkAsync("expose", "deployment/site"));
        Assert.Contains("FIELD: replicas <integer>", await OkAsync("explain", "deployment.spec.replicas"));
        Assert.Equal("yes\n", await OkAsync("auth", "can-i", "create", "deployments"));
        Assert.Contains("*.*", await OkAsync("auth", "can-i", "--list"));
        await OkAsync("delete", "deployment,hpa,service", "site");
    }

    [Fact]
    public async Task A_pod_is_run_debugged_and_looked_into()
    {
        Assert.Equal("pod/box created\n", await OkAsync("run", "box", $"--image={cluster.Shell}", "--overrides={\"spec\":{\"terminationGracePeriodSeconds\":0}}"));
        await OkAsync("wait", "--for=condition=Ready", "pod/box", "--timeout=25s");
        Assert.Contains("started", await OkAsync("logs", "box"));
        await OkAsync("debug", "box", $"--image={cluster.Shell}", "--container=probe", "--arguments-only", "--", "echo probing; sleep 600");
        await OkAsync("wait", "--for=jsonpath={.status.ephemeralContainerStatuses[0].state.running.startedAt}", "pod/box", "--timeout=25s");
        Assert.Contains("probing", await OkAsync("logs", "box", "-c", "probe"));
        Assert.Matches(@"(?s)Ephemeral Containers:\s+probe:.*Normal\s+Started", await OkAsync("describe", "pod", "box"));
        await OkAsync("delete", "pod", "box");
    }

    [Fact]
    public async Task A_node_is_cordoned_drained_and_given_back()
    {
        await OkAsync("create", "namespace", "drained");
        await OkAsync("-n", "drained", "run", "alone", $"--image={cluster.Shell}", "--overrides={\"spec\":{\"terminationGracePeriodSeconds\":0}}");
        await OkAsync("-n", "drained", "wait", "--for=condition=Ready", "pod/alone", "--timeout=25s");
        var node = (await OkAsync("get", "nodes", "-o", "name")).Trim();

        var (refused, _, reason) = await _kubectl.RunAsync("drain", node, "--pod-selector=run=alone");
        Assert.NotEqual(0, refused);
        Assert.Contains("declare no controller", reason);
        Assert.Contains("drained", await OkAsync("drain", node, "--pod-selector=run=alone", "--force", "--timeout=25s"));
        Assert.Equal("", await OkAsync("-n", "drained", "get", "pods", "-o", "name"));
        Assert.Contains("SchedulingDisabled", await OkAsync("get", "nodes"));
        Assert.Contains("uncordoned", await OkAsync("uncordon", node));
        await OkAsync("delete", "namespace", "drained");
    }

    async Task<string> OkAsync(params string[] arguments)
    {
        var (code, output, error) = await _kubectl.RunAsync(arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: {error}{output}");
        return output;
    }
}
