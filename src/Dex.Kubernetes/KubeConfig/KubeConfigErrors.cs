using Dex.Yaml;

namespace Dex.Kubernetes.KubeConfig;

static class KubeConfigErrors
{
    public static DiagnosticException Unreadable(string file, string reason) => One("DEX3001", $"cannot read the kubeconfig `{file}`: {reason}",
        "correct the file, or name another one in KUBECONFIG");

    public static DiagnosticException NoContext(string context, IEnumerable<string> known, IReadOnlyList<string> files) => new(new Diagnostic("DEX3002", $"the kubeconfig has no context `{context}`")
    {
        Details = [$"files: {string.Join(", ", files)}", $"contexts: {string.Join(", ", known.Order(StringComparer.Ordinal))}"],
        Help = "`kubectl config get-contexts` lists contexts; set `clusters.<name>.context` to one of them",
    });

    public static DiagnosticException Missing(string context, string what, string name) => One("DEX3003", $"the context `{context}` names the {what} `{name}`, which the kubeconfig does not have",
        "add it, or correct the context");

    public static DiagnosticException NoServer(string cluster) => One("DEX3003", $"the cluster `{cluster}` of the kubeconfig has no usable `server`", "give it the address of an API server: https://…");

    public static DiagnosticException BadFile(string key, string file, string reason) => One("DEX3004", $"cannot use `{file}` as {key}: {reason}",
        "correct the path or the file's content in the kubeconfig");

    public static DiagnosticException BadData(string key) => One("DEX3004", $"the `{key}` of the kubeconfig is not usable", "it must be base64 of PEM text");

    public static DiagnosticException PluginMissing(string program, string? hint) => One("DEX3005", $"the credential plugin `{program}` is not on this machine",
        string.IsNullOrWhiteSpace(hint) ? $"install `{program}`, or put its folder on PATH" : hint.Trim());

    public static DiagnosticException PluginFailed(string program, int exitCode, string error) => new(new Diagnostic("DEX3005", $"the credential plugin `{program}` failed with exit code {exitCode}")
    {
        Details = [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(10)],
        Help = "run it by hand to see why; often a sign-in has expired",
    });

    public static DiagnosticException PluginNeedsTerminal(string program) => One("DEX3005", $"the credential plugin `{program}` wants to ask the user, and there is no terminal",
        "sign in on a terminal first, or use credentials for machines");

    public static DiagnosticException PluginAnswer(string program, string reason) => One("DEX3006", $"the credential plugin `{program}` gave no usable answer: {reason}",
        "check its version and the `apiVersion` of `exec` in the kubeconfig");

    public static DiagnosticException PluginSetting(string user, string reason) => One("DEX3006", $"the `exec` of user `{user}` is not usable: {reason}", "correct it in the kubeconfig");

    public static DiagnosticException AuthProvider(string user, string? provider) => One("DEX3007", $"user `{user}` signs in with the auth provider `{provider}`, which Kubernetes has removed",
        "use a credential plugin (`exec`), for example gke-gcloud-auth-plugin or kubelogin");

    public static DiagnosticException Contradiction(string where, string what) => One("DEX3008", $"{where} of the kubeconfig sets {what}", "remove one of them");

    public static DiagnosticException NotInCluster() => One("DEX3009", "this process does not run in a pod with a service account", "name a context of a kubeconfig in `clusters.<name>.context` instead");

    static DiagnosticException One(string code, string title, string help) => new(new Diagnostic(code, title) { Help = help });
}
