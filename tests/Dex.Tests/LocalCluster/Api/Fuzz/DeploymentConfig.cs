using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>What somebody creates or applies: some of a Deployment's fields, as JSON and as leaves.</summary>
sealed record DeploymentConfig(int? Replicas, string? Annotation, List<DeploymentConfig.Container> Containers)
{
    static readonly (int Number, string Protocol)[] AllPorts = [(80, "TCP"), (80, "UDP"), (81, "TCP")];

    /// <param name="random">The run's.</param>
    /// <param name="order">Where an item stands in the live object.</param>
    /// <param name="complete">With a container, and an image for each.</param>
    public static DeploymentConfig Random(Random random, Func<string, int> order, bool complete)
    {
        T[] Some<T>(T[] from, Func<T, string> name) => [.. from.Where(_ => random.Next(2) == 0).OrderBy(i => order(name(i)))];
        var names = Some(["x", "y", "z"], n => n);
        var containers = (names.Length == 0 && complete ? ["x"] : names).Select(name => new Container(
            name,
            complete || random.Next(2) == 0 ? $"i:{random.Next(3)}" : null,
            [.. Some(["E1", "E2", "E3"], e => $"{name}/{e}").Select(e => (e, random.Next(3).ToString()))],
            [.. Some(AllPorts, p => $"{name}/{p.Number}{p.Protocol}").Select(p => new Port(p.Number, p.Protocol, Says: p.Protocol == "UDP" || random.Next(2) == 0, Named: random.Next(3) == 0))])).ToList();
        return new DeploymentConfig(random.Next(2) == 0 ? random.Next(3) : null, random.Next(3) == 0 ? random.Next(3).ToString() : null, containers);
    }

    public Dictionary<string, string> Leaves()
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["f:spec|f:selector"] = """{"matchLabels":{"app":"web"}}""",
            ["f:spec|f:template|f:metadata|f:labels|f:app"] = "web",
        };
        if (Replicas is { } replicas)
            leaves["f:spec|f:replicas"] = $"{replicas}";
        if (Annotation is not null)
            leaves["f:metadata|f:annotations|f:n2"] = Annotation;
        foreach (var container in Containers)
        {
            var at = $"{TreeKind.Containers}|{Key("name", container.Name)}";
            leaves[$"{at}|f:name"] = container.Name;
            if (container.Image is not null)
                leaves[$"{at}|f:image"] = container.Image;
            foreach (var (name, value) in container.Env)
                (leaves[$"{at}|f:env|{Key("name", name)}|f:name"], leaves[$"{at}|f:env|{Key("name", name)}|f:value"]) = (name, value);
            foreach (var port in container.Ports)
            {
                var path = $"{at}|f:ports|{PortKey((port.Number, port.Protocol))}";
                leaves[$"{path}|f:containerPort"] = $"{port.Number}";
                if (port.Says)
                    leaves[$"{path}|f:protocol"] = port.Protocol;
                if (port.Named)
                    leaves[$"{path}|f:name"] = port.Name;
            }
        }
        return leaves;
    }

    public JsonObject ToJson(string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (Annotation is not null)
            metadata["annotations"] = new JsonObject { ["n2"] = Annotation };
        var spec = new JsonObject { ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "web" } } };
        if (Replicas is { } replicas)
            spec["replicas"] = replicas;
        var template = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "web" } } };
        if (Containers.Count > 0)
            template["spec"] = new JsonObject { ["containers"] = new JsonArray([.. Containers.Select(c => c.ToJson())]) };
        spec["template"] = template;
        return new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment", ["metadata"] = metadata, ["spec"] = spec };
    }

    public static string Key(string field, string value) => $$"""k:{"{{field}}":"{{value}}"}""";

    public static string PortKey((int Number, string Protocol) port) => $$"""k:{"containerPort":{{port.Number}},"protocol":"{{port.Protocol}}"}""";

    public override string ToString() => ToJson("").ToJsonString();

    internal sealed record Port(int Number, string Protocol, bool Says, bool Named)
    {
        public string Name => $"p{Number}{Protocol.ToLowerInvariant()}";

        public JsonObject ToJson()
        {
            var port = new JsonObject { ["containerPort"] = Number };
            if (Says)
                port["protocol"] = Protocol;
            if (Named)
                port["name"] = Name;
            return port;
        }
    }

    internal sealed record Container(string Name, string? Image, (string Name, string Value)[] Env, Port[] Ports)
    {
        public JsonObject ToJson()
        {
            var container = new JsonObject { ["name"] = Name };
            if (Image is not null)
                container["image"] = Image;
            if (Env.Length > 0)
                container["env"] = new JsonArray([.. Env.Select(e => new JsonObject { ["name"] = e.Name, ["value"] = e.Value })]);
            if (Ports.Length > 0)
                container["ports"] = new JsonArray([.. Ports.Select(p => p.ToJson())]);
            return container;
        }
    }
}
