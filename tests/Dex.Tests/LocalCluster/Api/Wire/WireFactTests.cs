using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Api.Wire;

/// <summary>What clients rely on, answer by answer: a request, the code and what the answer says.</summary>
public sealed class WireFactTests : WireTest
{
    const string Default = "/api/v1/namespaces/default", Deployments = "/apis/apps/v1/namespaces/default/deployments", Widgets = "/apis/t.dev/v1/namespaces/default/widgets";
    const string JsonPatch = "application/json-patch+json", Strategic = "application/strategic-merge-patch+json";
    const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io", Partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", PartialList = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

    /// <summary>A request; a body starting with a media type and a line break is sent as that.</summary>
    sealed record Fact(string Method, string Path, string Body, int Status, string Says, string Header = "");

    static readonly Fact[] Facts =
    [
        // Errors.
        new("GET", $"{ConfigMaps}/zz", "", 404, """ "message":"configmaps \"zz\" not found","reason":"NotFound","details":{"name":"zz","kind":"configmaps"},"code":404 """),
        new("GET", $"{Deployments}/zz", "", 404, """ "details":{"name":"zz","group":"apps","kind":"deployments"} """),
        new("GET", $"{Default}/nosuch", "", 404, """ "message":"the server could not find the requested resource","reason":"NotFound","details":{} """),
        new("GET", "/apis/nobody.dev/v1/things", "", 404, "404 page not found"),
        new("GET", "/nowhere", "", 404, "404 page not found"),
        new("PUT", ConfigMaps, "{}", 405, "the server does not allow this method on the requested resource"),
        new("GET", ConfigMaps, "", 406, "application/json, application/yaml", "Accept: image/png"),
        new("POST", ConfigMaps, "text/plain\n{}", 415, "accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"),
        new("PATCH", $"{ConfigMaps}/pb", "text/plain\n{}", 415, "415: Unsupported Media Type"),
        new("PATCH", $"{Widgets}/w", Strategic + "\n{}", 415, "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"),
        new("POST", ConfigMaps, """{"metadata":{"name":"pb"}}""", 409, """ "message":"configmaps \"pb\" already exists","reason":"AlreadyExists" """),
        new("PUT", $"{ConfigMaps}/pb", """{"metadata":{"name":"pb","resourceVersion":"1"}}""", 409, """ "message":"Operation cannot be fulfilled on configmaps \"pb\": the object has been modified; please apply your changes to the latest version and try again","reason":"Conflict" """),
        new("PUT", $"{ConfigMaps}/pb", """{"metadata":{"name":"pb","uid":"x"}}""", 409, "Precondition failed: UID in precondition: x"),
        new("DELETE", $"{ConfigMaps}/pb", """{"preconditions":{"uid":"x"}}""", 409, "the UID in the precondition (x) does not match the UID in record"),
        new("DELETE", $"{ConfigMaps}/pb", """{"preconditions":{"resourceVersion":"1"}}""", 409, "the ResourceVersion in the precondition (1) does not match"),
        new("PUT", $"{ConfigMaps}/nobody", """{"metadata":{"name":"nobody"}}""", 404, "configmaps \\\"nobody\\\" not found"),
        new("POST", Deployments, """{"metadata":{"name":"x"},"spec":{}}""", 422, """ Deployment.apps \"x\" is invalid: [ """),
        new("POST", Deployments, """{"metadata":{"name":"x"},"spec":{}}""", 422, """ "reason":"FieldValueRequired" """),
        new("POST", ConfigMaps, """{"metadata":{"name":"Bad_Name"}}""", 422, """ "details":{"name":"Bad_Name","kind":"ConfigMap","causes":[{"reason":"FieldValueInvalid" """),
        new("PATCH", $"{Deployments}/d", Merge + "\n" + """{"spec":{"selector":{"matchLabels":{"app":"q"}},"template":{"metadata":{"labels":{"app":"q"}}}}}""", 422, "field is immutable"),
        new("PATCH", $"{ConfigMaps}/pb", Merge + "\n" + """{"metadata":{"uid":"zz"}}""", 422, """ metadata.uid: Invalid value: \"zz\": field is immutable """),
        new("POST", ConfigMaps, """{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"}}""", 400, """ Secret in version \"v1\" cannot be handled as a ConfigMap """),
        new("PUT", $"{ConfigMaps}/pb", """{"metadata":{"name":"y"}}""", 400, "the name of the object (y) does not match the name on the URL (pb)"),
        new("POST", ConfigMaps, """{"metadata":{"name":"x","namespace":"other"}}""", 400, "the namespace of the provided object does not match the namespace sent on the request"),
        new("POST", ConfigMaps, """{"metadata":{"name":"x"},"data":{"a":1}}""", 400, """ ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string """),
        new("POST", $"{ConfigMaps}?fieldValidation=Strict", """{"metadata":{"name":"x"},"dat":{}}""", 400, """ strict decoding error: unknown field \"dat\" """),
        new("POST", $"{ConfigMaps}?fieldValidation=Strict", """{"metadata":{"name":"x"},"data":{"a":"1","a":"2"}}""", 400, """ strict decoding error: duplicate field \"data.a\" """),
        new("POST", ConfigMaps, """{"metadata":{"name":"x","resourceVersion":"7"}}""", 500, "resourceVersion should not be set on objects to be created"),
        new("GET", ConfigMaps, "", 403, """ "message":"configmaps is forbidden: User \"alice\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"","reason":"Forbidden","details":{"kind":"configmaps"} """, "Impersonate-User: alice"),
        new("GET", "/api/v1/nodes", "", 403, "at the cluster scope", "Impersonate-User: alice"),
        new("GET", ConfigMaps, "", 401, """ "message":"Unauthorized","reason":"Unauthorized","code":401 """, "Authorization: Bearer wrong"),
        new("POST", "/api/v1/namespaces/late/configmaps", """{"metadata":{"name":"x"}}""", 403, """ "causes":[{"reason":"NamespaceTerminating" """),
        new("POST", "/api/v1/namespaces/nons/configmaps", """{"metadata":{"name":"x"}}""", 404, "namespaces \\\"nons\\\" not found"),
        new("DELETE", "/api/v1/namespaces/default", "", 403, "namespaces \\\"default\\\" is forbidden: this namespace may not be deleted"),
        new("POST", $"{ConfigMaps}?dryRun=Some", """{"metadata":{"name":"x"}}""", 422, "supported values: \\\"All\\\""),
        new("DELETE", $"{ConfigMaps}/pb?propagationPolicy=Sideways", "", 422, "propagationPolicy"),
        new("PATCH", $"{ConfigMaps}/held", Merge + "\n" + """{"metadata":{"finalizers":["a.b/c","d.e/f"]}}""", 422, """ metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"d.e/f\"} """),
        new("PATCH", $"{ConfigMaps}/pb", JsonPatch + "\n" + """[{"op":"test","path":"/data/a","value":"no"}]""", 422, "the server rejected our request due to an error in our request"),
        new("PATCH", $"{ConfigMaps}/pb", JsonPatch + "\n" + """{"op":"test"}""", 400, "error decoding patch"),

        // Server-side apply.
        new("PATCH", $"{ConfigMaps}/x", Apply + "\n" + """{"apiVersion":"v1","kind":"ConfigMap"}""", 422, """ PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch """),
        new("PATCH", $"{ConfigMaps}/x?fieldManager=m", Apply + "\n" + """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"managedFields":[]}}""", 400, "metadata.managedFields must be nil"),
        new("PATCH", $"{ConfigMaps}/x?fieldManager=m", Apply + "\n" + """{}""", 400, "invalid object type: /, Kind="),
        new("PATCH", $"{ConfigMaps}/pb?fieldManager=m", Apply + "\n" + """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"resourceVersion":"1"}}""", 409, "the object has been modified"),
        new("PATCH", $"{ConfigMaps}/new?fieldManager=m", Apply + "\n" + """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"1"}}""", 201, """ "manager":"m","operation":"Apply","apiVersion":"v1" """),
        new("PATCH", $"{ConfigMaps}/pb?fieldManager=m", Apply + "\n" + """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"x"}}""", 409, """ Apply failed with 1 conflict: conflict with \"wire-test\" using v1: .data.a """),
        new("PATCH", $"{ConfigMaps}/pb?fieldManager=m", Apply + "\n" + """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"x"}}""", 409, """ "reason":"FieldManagerConflict","message":"conflict with \"wire-test\" using v1","field":".data.a" """),

        // What a write makes of its body.
        new("POST", ConfigMaps, """{"metadata":{"generateName":"g-","managedFields":[{"manager":"evil"}]},"data":{"a":"1"}}""", 201, """ "manager":"wire-test","operation":"Update","apiVersion":"v1" """),
        new("POST", $"{ConfigMaps}?fieldManager=me", """{"metadata":{"name":"mine"},"data":{"a":"1"}}""", 201, """ "fieldsV1":{"f:data":{".":{},"f:a":{}}} """),
        new("PUT", $"{Deployments}/d", DeploymentWith(""" ,"status":{"replicas":9} """), 200, """ "status":{"observedGeneration" """),
        new("PATCH", $"{Deployments}/d/status", Merge + "\n" + """{"metadata":{"labels":{"x":"y"}},"spec":{"replicas":9},"status":{"collisionCount":3} }""", 200, """ "collisionCount":3 """),
        new("GET", $"{Deployments}/d", "", 200, """ "replicas":1, """),
        new("GET", $"{Deployments}/d/scale", "", 200, """ "kind":"Scale","apiVersion":"autoscaling/v1" """),
        new("GET", $"{Deployments}/d/scale", "", 200, """ "selector":"app=web" """),
        new("PATCH", $"{Deployments}/d/scale", Merge + "\n" + """{"spec":{"replicas":2} }""", 200, """ "spec":{"replicas":2} """),
        new("GET", $"{Deployments}/d", "", 200, """ "subresource":"scale" """),
        new("DELETE", $"{ConfigMaps}/mine?dryRun=All", "", 200, """ "status":"Success","details":{"name":"mine","kind":"configmaps","uid": """),
        new("PATCH", $"{ConfigMaps}/mine?dryRun=All", Merge + "\n" + """{"data":{"a":"2"} }""", 200, """ "a":"2" """),
        new("GET", $"{ConfigMaps}/mine", "", 200, """ "a":"1" """),
        new("DELETE", $"{ConfigMaps}?labelSelector=sweep", "", 200, """ "kind":"ConfigMapList","apiVersion":"v1" """),

        // Lists.
        new("GET", $"{ConfigMaps}?resourceVersion=999999999", "", 504, """ Timeout: Too large resource version: 999999999, current: """),
        new("GET", $"{ConfigMaps}?resourceVersion=999999999", "", 504, """ "causes":[{"reason":"ResourceVersionTooLarge" """),
        new("GET", $"{ConfigMaps}?resourceVersion=1&resourceVersionMatch=NotOlderThan", "", 200, """ "kind":"ConfigMapList" """),
        new("GET", $"{ConfigMaps}?resourceVersion=1&resourceVersionMatch=Exact", "", 410, """ "reason":"Expired" """),
        new("GET", $"{ConfigMaps}?resourceVersion=0", "", 200, """ "items":[{"metadata":{ """),
        new("GET", $"{ConfigMaps}?limit=1", "", 200, """ "remainingItemCount": """),
        new("GET", $"{ConfigMaps}?limit=1&labelSelector=sweep!=no", "", 200, """ "continue": """),
        new("GET", $"{ConfigMaps}?continue=%00garbage", "", 400, "continue key is not valid"),
        new("GET", Widgets, "", 200, """ "items":[{"apiVersion":"t.dev/v1","kind":"Widget"|"items":[{"kind":"Widget","apiVersion":"t.dev/v1" """),
        new("GET", $"{ConfigMaps}?labelSelector=a+in", "", 400, """ "reason":"BadRequest" """),
        new("GET", $"{ConfigMaps}?fieldSelector=data.x%3D1", "", 400, """ \"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\" """),
        new("GET", $"{ConfigMaps}?fieldSelector=metadata.name%3Dpb", "", 200, """ "items":[{"metadata":{"name":"pb" """),
        new("GET", $"{ConfigMaps}?fieldSelector=metadata.name%21%3Dpb&limit=500", "", 200, """ "name":"mine" """),
        new("GET", $"{ConfigMaps}?watch=1&sendInitialEvents=true", "", 422, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),

        // Forms.
        new("GET", Deployments, "", 200, """ "kind":"Table" """, $"Accept: {Table},application/json"),
        new("GET", $"{Deployments}?includeObject=None", "", 200, """ "object":null """, $"Accept: {Table}"),
        new("GET", $"{Deployments}?includeObject=Object", "", 200, """ "object":{"kind":"Deployment" """, $"Accept: {Table}"),
        new("GET", $"{ConfigMaps}?limit=1", "", 200, """ "continue": """, $"Accept: {Table}"),
        new("GET", $"{ConfigMaps}/pb", "", 200, """ {"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"pb" """, $"Accept: {Partial}"),
        new("GET", ConfigMaps, "", 200, """ {"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1" """, $"Accept: {PartialList}"),
        new("GET", $"{ConfigMaps}/pb", "", 200, "{\n  \"kind\": \"ConfigMap\"", "User-Agent: curl/8.0"),

        // What every cluster has.
        new("GET", $"{Default}/services/kubernetes", "", 200, """ "clusterIP":"127.96.0.1" """),
        new("GET", $"{Default}/endpoints/kubernetes", "", 200, """ "addresses":[{"ip":"127.0.0.1"}] """),
        new("GET", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes", "", 200, """ "addresses":["127.0.0.1"] """),

        // Discovery.
        new("GET", "/version", "", 200, """ "gitVersion":"v1.32 """),
        new("GET", "/healthz", "", 200, "ok"),
        new("GET", "/livez", "", 200, "ok"),
        new("GET", "/readyz", "", 200, "ok"),
        new("GET", "/api", "", 200, """ "kind":"APIVersions" """),
        new("GET", "/apis", "", 200, """ "kind":"APIGroupList" """),
        new("GET", "/apis/apps", "", 200, """ "kind":"APIGroup","apiVersion":"v1","name":"apps" """),
        new("GET", "/api/v1", "", 200, """ {"name":"pods/exec","singularName":"","namespaced":true,"kind":"PodExecOptions","verbs":["create","get"]} """),
        new("GET", "/api/v1", "", 200, """ "name":"pods/eviction","singularName":"","namespaced":true,"group":"policy","version":"v1","kind":"Eviction" """),
        new("GET", "/api/v1", "", 200, """ "name":"serviceaccounts/token","singularName":"","namespaced":true,"group":"authentication.k8s.io","version":"v1","kind":"TokenRequest" """),
        new("GET", "/apis/apps/v1", "", 200, """ "name":"deployments/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale" """),
        new("GET", "/api", "", 200, """ "kind":"APIGroupDiscoveryList" """, "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
        new("GET", "/apis", "", 200, """ "freshness":"Current" """, "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
        new("GET", "/apis", "", 200, """ "apiVersion":"apidiscovery.k8s.io/v2beta1" """, "Accept: application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"),
        new("GET", "/openapi/v3", "", 200, """ "apis/apps/v1":{"serverRelativeURL":"/openapi/v3/apis/apps/v1?hash= """),
    ];

    [Fact]
    public async Task Every_answer_has_the_code_and_the_words_of_a_real_server()
    {
        await PrepareAsync();
        var failures = new List<string>();
        foreach (var fact in Facts)
        {
            var (type, body) = fact.Body.IndexOf('\n') is > 0 and var end ? (fact.Body[..end], fact.Body[(end + 1)..]) : ("application/json", fact.Body);
            (string, string)[] headers = fact.Header.Split(": ") is [var name, var value] ? [(name, value)] : [];
            var answer = await SendAsync(fact.Method, fact.Path, body.Length == 0 ? null : body, type, headers);
            if ((int)answer.Status != fact.Status || !fact.Says.Trim(' ').Split('|').Any(answer.Text.Contains))
                failures.Add($"{fact.Method} {fact.Path} {body} {fact.Header}\n  expected {fact.Status} {fact.Says}\n  found {(int)answer.Status} {answer.Text[..Math.Min(answer.Text.Length, 700)]}");
        }
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact]
    public async Task Headers_are_those_of_a_real_server()
    {
        await PrepareAsync();
        var plain = await SendAsync("GET", $"{ConfigMaps}/pb");
        var warned = await SendAsync("POST", $"{ConfigMaps}?dryRun=All", """{"metadata":{"name":"q"},"dat":{}}""");
        var discovered = await SendAsync("GET", "/apis", headers: ("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"));
        var v2 = await SendAsync("GET", "/openapi/v2", headers: ("Accept-Encoding", "gzip"));

        Assert.Matches("^[0-9a-f-]{36}$", plain.Headers["Audit-Id"]);
        Assert.Equal("no-cache, private", plain.Headers["Cache-Control"].Replace("private, no-cache", "no-cache, private"));
        Assert.Equal("""299 - "unknown field \"dat\"" """.Trim(), warned.Headers["Warning"]);
        Assert.Equal("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", discovered.Headers["Content-Type"].Replace("; ", ";"));
        Assert.Equal("Accept", discovered.Headers["Vary"]);
        Assert.Equal(("gzip", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"), (v2.Headers["Content-Encoding"], v2.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Http_1_and_2_are_both_spoken()
    {
        foreach (var version in new[] { new Version(1, 1), new Version(2, 0) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/version") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await Client.SendAsync(request, Ct);
            Assert.Equal(version, response.Version);
        }
    }

    /// <summary>kubectl explain finds a type by its list's path; kubectl apply learns from a patch's media types how to patch.</summary>
    [Theory]
    [InlineData("api/v1", "/api/v1/namespaces/{namespace}/pods", true)]
    [InlineData("apis/apps/v1", "/apis/apps/v1/namespaces/{namespace}/deployments", true)]
    [InlineData("apis/t.dev/v1", "/apis/t.dev/v1/namespaces/{namespace}/widgets", false)]
    public async Task The_small_OpenAPI_documents_have_what_kubectl_looks_for(string document, string list, bool isBuiltIn)
    {
        await PrepareAsync();
        var json = (await SendAsync("GET", $"/openapi/v3/{document}")).Json;
        var kind = json["paths"]![list]!["get"]!["x-kubernetes-group-version-kind"]!;
        var patch = json["paths"]![$"{list}/{{name}}"]!["patch"]!;

        Assert.Equal("list", (string?)json["paths"]![list]!["get"]!["x-kubernetes-action"]);
        Assert.True(JsonNode.DeepEquals(kind, patch["x-kubernetes-group-version-kind"]));
        Assert.Contains(patch["parameters"]!.AsArray(), p => (string?)p!["name"] == "fieldValidation");
        Assert.Equal(isBuiltIn, patch["requestBody"]!["content"]!.AsObject().ContainsKey(Strategic));
        Assert.Contains(json["components"]!["schemas"]!.AsObject(), s => s.Value!["x-kubernetes-group-version-kind"] is JsonArray kinds && kinds.Any(k => JsonNode.DeepEquals(k, kind)));
    }

    async Task PrepareAsync()
    {
        await Must("POST", ConfigMaps, """{"metadata":{"name":"pb"},"data":{"a":"b"}}""");
        await Must("POST", ConfigMaps, """{"metadata":{"name":"held","finalizers":["a.b/c"]}}""");
        await Must("POST", ConfigMaps, """{"metadata":{"name":"s1","labels":{"sweep":"1"}}}""");
        await Must("DELETE", $"{ConfigMaps}/held");
        await Must("POST", "/api/v1/namespaces", """{"metadata":{"name":"late"}}""");
        await Must("POST", "/api/v1/namespaces/late/configmaps", """{"metadata":{"name":"held","finalizers":["a.b/c"]}}""");
        await Must("DELETE", "/api/v1/namespaces/late");
        await Must("POST", Deployments, DeploymentWith(""));
        await Must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"metadata":{"name":"widgets.t.dev"},"spec":{"group":"t.dev","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true,
            "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"}}}}}}}]}}
            """);
        await Must("POST", Widgets, """{"apiVersion":"t.dev/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"n":1}}""");
    }

    static string DeploymentWith(string more) =>
        $$$$"""{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}}{{{{more}}}}}""";

    async Task Must(string method, string path, string? body = null)
    {
        var answer = await SendAsync(method, path, body);
        Assert.True((int)answer.Status < 300, answer.Text);
    }
}
