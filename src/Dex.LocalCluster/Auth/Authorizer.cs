using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Auth;

/// <summary>RBAC over the Roles and bindings in the store.</summary>
sealed class Authorizer(Store store)
{
    const string Suffix = ".rbac.authorization.k8s.io";

    // Objects never change, so what was read from one stays true as long as it lives.
    readonly ConditionalWeakTable<StoredObject, IReadOnlyList<PolicyRule>> _roles = [];
    readonly ConditionalWeakTable<StoredObject, Binding> _bindings = [];

    public bool Allows(User user, AccessRequest request)
    {
        if (user.IsMaster)
            return true;
        foreach (var rule in RulesOf(user, request.Namespace))
        {
            if (rule.Allows(request))
                return true;
        }
        return false;
    }

    /// <summary>Every rule a user has in a namespace; cluster-wide ones alone when it is empty.</summary>
    public IEnumerable<PolicyRule> RulesOf(User user, string ns)
    {
        if (user.IsMaster)
            return [new PolicyRule(["*"], ["*"], ["*"], [], []), new PolicyRule(["*"], [], [], [], ["*"])];
        var state = store.Visible;
        var bound = state.List("clusterrolebindings" + Suffix, "");
        if (ns.Length > 0)
            bound = bound.Concat(state.List("rolebindings" + Suffix, ns));
        return bound.Select(b => _bindings.GetValue(b, Binding.From)).Where(b => b.Includes(user)).SelectMany(b => RulesOfRole(b.RoleKey));
    }

    /// <summary>The rules of a Role or ClusterRole; none when it does not exist.</summary>
    public IReadOnlyList<PolicyRule> RulesOfRole(ObjectKey role) => store.Visible.Get(role) is { } stored ? _roles.GetValue(stored, ReadRules) : [];

    /// <summary>The Role a binding refers to.</summary>
    public static ObjectKey RoleOf(JsonObject binding) => binding.Text("roleRef", "kind") == "ClusterRole"
        ? new ObjectKey("clusterroles" + Suffix, "", binding.Text("roleRef", "name") ?? "")
        : new ObjectKey("roles" + Suffix, binding.Namespace(), binding.Text("roleRef", "name") ?? "");

    static IReadOnlyList<PolicyRule> ReadRules(StoredObject role) => [.. role.ToJson().Items("rules").Select(PolicyRule.From)];

    sealed record Binding(ObjectKey RoleKey, IReadOnlyList<(string Kind, string Name)> Subjects)
    {
        public static Binding From(StoredObject stored)
        {
            var json = stored.ToJson();
            return new Binding(RoleOf(json), [.. json.Items("subjects").Select(s => Subject(s, stored.Key.Namespace))]);
        }

        static (string, string) Subject(JsonObject subject, string ns) => subject.Text("kind") == "ServiceAccount"
            ? ("User", $"system:serviceaccount:{subject.Text("namespace") ?? ns}:{subject.Text("name")}")
            : (subject.Text("kind") ?? "", subject.Text("name") ?? "");

        public bool Includes(User user) => Subjects.Any(s => s.Kind == "Group" ? user.Groups.Contains(s.Name) : s.Kind == "User" && s.Name == user.Name);
    }
}
