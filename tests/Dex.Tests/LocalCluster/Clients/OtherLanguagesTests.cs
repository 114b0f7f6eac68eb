namespace Dex.Tests.LocalCluster.Clients;

/// <summary>The Kubernetes clients of other languages, as Debian packages them: list, watch, create, patch.</summary>
public sealed class OtherLanguagesTests(ClientFixture cluster) : IClassFixture<ClientFixture>
{
    [Fact]
    public async Task Python_lists_watches_creates_patches_and_runs_commands()
    {
        Assert.SkipUnless(ClientFixture.Has("/usr/bin/python3", "-c", "import kubernetes"), "needs python3-kubernetes (apt-get install python3-kubernetes)");

        var output = await cluster.RunAsync("/usr/bin/python3", "client.py", """
            import json, sys, threading
            from kubernetes import client, config, watch, dynamic
            from kubernetes.stream import stream
            config.load_kube_config(sys.argv[1])
            core, apps = client.CoreV1Api(), client.AppsV1Api()

            seen, ready = [], threading.Event()
            def follow(version):
                for event in watch.Watch().stream(core.list_namespaced_config_map, "default", resource_version=version, timeout_seconds=60):
                    seen.append((event["type"], event["object"].metadata.name, event["object"].data))
                    if event["type"] == "DELETED": return
            version = core.list_namespaced_config_map("default").metadata.resource_version
            follower = threading.Thread(target=follow, args=(version,)); follower.start()
            created = core.create_namespaced_config_map("default", {"metadata": {"name": "py"}, "data": {"a": "1"}})
            core.patch_namespaced_config_map("py", "default", {"data": {"a": "2"}})
            try:
                core.replace_namespaced_config_map("py", "default", created)
            except client.ApiException as refused:
                print("stale", refused.status, refused.reason)
            core.delete_namespaced_config_map("py", "default")
            follower.join(60)
            print("watched", seen)

            dyn = dynamic.DynamicClient(client.ApiClient())
            deployments = dyn.resources.get(api_version="apps/v1", kind="Deployment")
            pods = {"labels": {"app": "py"}}, {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": "SHELL_IMAGE"}]}
            body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "py"}, "spec": {"selector": {"matchLabels": {"app": "py"}}, "template": {"metadata": pods[0], "spec": pods[1]}}}
            deployments.create(body=body, namespace="default")
            for event in watch.Watch().stream(apps.list_namespaced_deployment, "default", timeout_seconds=60):
                if event["object"].status.ready_replicas == 1: break
            applied = deployments.server_side_apply(body=json.dumps(dict(body, spec=dict(body["spec"], replicas=2))), namespace="default", name="py", field_manager="python", force_conflicts=True)
            print("replicas", applied.spec.replicas, sorted(m.manager for m in applied.metadata.managedFields if m.operation == "Apply"))
            pod = next(p for p in core.list_namespaced_pod("default", label_selector="app=py").items if p.status.phase == "Running")
            print("exec", stream(core.connect_get_namespaced_pod_exec, pod.metadata.name, "default", command=["/bin/echo", "hello"], stdout=True, stderr=True).strip())
            print("log", core.read_namespaced_pod_log(pod.metadata.name, "default").strip())
            page = core.list_namespaced_pod("default", limit=1)
            print("page", len(page.items), bool(page.metadata._continue) or len(page.items) == 1)
            apps.delete_namespaced_deployment("py", "default")
            """.Replace("SHELL_IMAGE", cluster.Shell, StringComparison.Ordinal));

        Assert.Equal("""
            stale 409 Conflict
            watched [('ADDED', 'py', {'a': '1'}), ('MODIFIED', 'py', {'a': '2'}), ('DELETED', 'py', {'a': '2'})]
            replicas 2 ['python']
            exec hello
            log started
            page 1 True

            """, output);
    }

    [Fact]
    public async Task Ruby_lists_watches_creates_and_patches()
    {
        Assert.SkipUnless(ClientFixture.Has("/usr/bin/ruby", "-e", "require 'kubeclient'"), "needs ruby-kubeclient (apt-get install ruby-kubeclient)");

        var output = await cluster.RunAsync("/usr/bin/ruby", "client.rb", """
            require "kubeclient"
            config = Kubeclient::Config.read(ARGV[0])
            context = config.context
            options = { ssl_options: context.ssl_options, auth_options: context.auth_options }
            core = Kubeclient::Client.new(context.api_endpoint, "v1", **options)
            apps = Kubeclient::Client.new("#{context.api_endpoint}/apis/apps", "v1", **options)

            version = core.get_config_maps(namespace: "default").resourceVersion
            seen = []
            watcher = core.watch_config_maps(namespace: "default", name: "rb", resource_version: version)
            follower = Thread.new { watcher.each { |notice| seen << [notice.type, notice.object.data.to_h]; break if notice.type == "DELETED" } }
            core.create_config_map(Kubeclient::Resource.new(metadata: { name: "rb", namespace: "default" }, data: { a: "1" }))
            core.patch_config_map("rb", { data: { a: "2" } }, "default")
            core.delete_config_map("rb", "default")
            follower.join(60)
            p seen

            begin
              core.get_pod("none", "default")
            rescue Kubeclient::ResourceNotFoundError => missing
              puts missing.message
            end
            p core.get_namespaces.map { |space| space.metadata.name }.include?("default")
            p apps.get_deployments(namespace: "default").kind
            """);

        Assert.Equal("""
            [["ADDED", {:a=>"1"}], ["MODIFIED", {:a=>"2"}], ["DELETED", {:a=>"2"}]]
            pods "none" not found
            true
            "Deployment"

            """, output);
    }
}
