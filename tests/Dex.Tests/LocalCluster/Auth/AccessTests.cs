using System.Net;
using System.Text.Json.Nodes;
using Dex.Tests.LocalCluster.Api.Wire;

namespace Dex.Tests.LocalCluster.Auth;

public sealed class AccessTests : WireTest
{
    const string Rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";

    static readonly (string, string) AsAlice = ("Impersonate-User", "alice");

    [Fact]
    public async Task A_role_allows_what_it_says_and_nothing_else()
    {
        await GrantAsync("alice", """{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"],"resourceNames":["a"]}""");
        await CreateAsync("a");

        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", $"{ConfigMaps}/a", headers: AsAlice)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync("GET", $"{ConfigMaps}/b", headers: AsAlice)).Status);
        Assert.Equal("configmaps is forbidden: User \"alice\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"", (await SendAsync("GET", ConfigMaps, headers: AsAlice)).Message);
    }

    [Fact]
    public async Task Nobody_grants_what_they_do_not_have()
    {
        await GrantAsync("alice", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create"]}""");

        var answer = await SendAsync("POST", $"{Rbac}/roles", """{"metadata":{"name":"more"},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]}""", headers: AsAlice);

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}", answer.Message);
    }

    [Fact]
    public async Task Who_may_not_impersonate_is_refused()
    {
        await GrantAsync("alice", """{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}""");
        var token = await TokenAsync("default");

        using var client = ClusterClient.For(Cluster, token);
        client.DefaultRequestHeaders.Add("Impersonate-User", "alice");
        using var response = await client.GetAsync(new Uri($"{ConfigMaps}/a", UriKind.Relative), Ct);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_service_account_token_speaks_for_its_account_until_the_account_is_gone()
    {
        var token = await TokenAsync("worker");
        using var client = ClusterClient.For(Cluster, token);

        using var review = await client.PostAsync(new Uri("/apis/authentication.k8s.io/v1/selfsubjectreviews", UriKind.Relative), new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), Ct);
        var who = JsonNode.Parse(await review.Content.ReadAsStringAsync(Ct))!;
        await SendAsync("DELETE", "/api/v1/namespaces/default/serviceaccounts/worker");
        using var after = await client.GetAsync(new Uri(ConfigMaps, UriKind.Relative), Ct);

        Assert.Equal("system:serviceaccount:default:worker", (string?)who["status"]!["userInfo"]!["username"]);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task A_token_for_another_audience_is_not_good_here()
    {
        var token = await TokenAsync("worker", """{"spec":{"audiences":["vault"]}}""");
        using var client = ClusterClient.For(Cluster, token);
        using var here = await client.GetAsync(new Uri(ConfigMaps, UriKind.Relative), Ct);
        var review = await SendAsync("POST", "/apis/authentication.k8s.io/v1/tokenreviews", $$$"""{"spec":{"token":"{{{token}}}","audiences":["vault"]}}""");

        Assert.Equal(HttpStatusCode.Unauthorized, here.StatusCode);
        Assert.True((bool)review.Json["status"]!["authenticated"]!);
    }

    [Fact]
    public async Task Without_credentials_only_health_and_version_are_open()
    {
        using var client = ClusterClient.For(Cluster);
        client.DefaultRequestHeaders.Authorization = null;

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/version", UriKind.Relative), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(new Uri(ConfigMaps, UriKind.Relative), Ct)).StatusCode);
    }

    async Task GrantAsync(string user, string rule)
    {
        await SendAsync("POST", $"{Rbac}/roles", $$"""{"metadata":{"name":"r"},"rules":[{{rule}}]}""");
        await SendAsync("POST", $"{Rbac}/rolebindings", $$"""{"metadata":{"name":"r"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"{{user}}"}]}""");
    }

    async Task<string> TokenAsync(string account, string body = "{}")
    {
        await SendAsync("POST", "/api/v1/namespaces/default/serviceaccounts", $$$"""{"metadata":{"name":"{{{account}}}"}}""");
        var answer = await SendAsync("POST", $"/api/v1/namespaces/default/serviceaccounts/{account}/token", body);
        return (string)answer.Json["status"]!["token"]!;
    }
}
