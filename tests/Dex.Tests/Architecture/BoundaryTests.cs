using Mono.Cecil;

namespace Dex.Tests.Architecture;

public sealed class BoundaryTests
{
    [Fact]
    public void Only_the_terminal_talks_to_the_console() =>
        None(use => use.Type == "System.Console" && !use.IsFrom("Dex.Terminal"));

    [Fact]
    public void Only_the_composition_root_and_commands_know_the_command_line_library() =>
        None(use => use.IsOf("System.CommandLine") && !use.IsFrom("Dex.App") && !use.From.EndsWith("Command", StringComparison.Ordinal));

    [Fact]
    public void Programs_start_in_two_places_only() =>
        None(use => (use is { Type: "System.Diagnostics.Process", Member: "Start" or ".ctor" } || use.Member is "posix_spawn" or "posix_spawnp" or "fork" or "execve")
            && !use.IsFrom("Dex.Processes") && !use.IsFrom("Dex.LocalCluster.Node"));

    [Fact]
    public void Only_the_host_asks_the_machine_for_variables_and_folders() =>
        None(use => use is { Type: "System.Environment", Member: "GetEnvironmentVariable" or "GetEnvironmentVariables" or "get_CurrentDirectory" or "GetFolderPath" or "get_UserName" }
            or { Type: "System.IO.Directory", Member: "GetCurrentDirectory" } && use.From != "Dex.App.Host");

    [Fact]
    public void Time_comes_from_a_time_provider_and_nobody_ends_the_process() =>
        None(use => use is { Type: "System.DateTime" or "System.DateTimeOffset", Member: "get_Now" or "get_UtcNow" }
            or { Type: "System.Environment", Member: "Exit" or "FailFast" }
            or { Type: "System.Threading.Thread", Member: "Sleep" });

    [Fact]
    public void The_cluster_and_the_client_meet_only_on_the_wire() =>
        None(use => use.IsFrom("Dex.LocalCluster") && use.IsOf("Dex.Kubernetes") && !use.IsOf("Dex.Kubernetes.Model"));

    [Fact]
    public void The_configuration_language_knows_no_Kubernetes() =>
        None(use => use.IsFrom("Dex.Config") && (use.IsOf("Dex.Kubernetes") || use.IsOf("Dex.App")));

    [Fact]
    public void A_cancellation_token_is_the_last_parameter()
    {
        var wrong = CompiledCode.Types().SelectMany(type => type.Methods)
            .Where(method => method.IsPublic && method.Parameters.SkipLast(1).Any(parameter => parameter.ParameterType.FullName == typeof(CancellationToken).FullName))
            .Where(method => !method.IsConstructor && !method.IsVirtual && method.Name != "Deconstruct")
            .Select(method => method.FullName);
        Assert.Empty(wrong);
    }

    [Fact]
    public void An_asynchronous_operation_can_be_cancelled()
    {
        var wrong = CompiledCode.Types().Where(type => type.IsPublic).SelectMany(type => type.Methods)
            .Where(method => method.IsPublic && !method.IsVirtual && method.Name.EndsWith("Async", StringComparison.Ordinal))
            .Where(method => method.Parameters.All(parameter => parameter.ParameterType.FullName != typeof(CancellationToken).FullName))
            .Where(method => !IsEntryPoint(method))
            .Select(method => method.FullName);
        Assert.Empty(wrong);
    }

    /// <summary><c>DexApp.RunAsync(args)</c> makes the token from the process's signals.</summary>
    static bool IsEntryPoint(MethodDefinition method) => method.DeclaringType.FullName == "Dex.App.DexApp" && method.Parameters.Count == 1;

    static void None(Func<Use, bool> forbidden) =>
        Assert.Empty(CompiledCode.Uses.Where(forbidden).Select(use => $"{use.From} uses {use.Type}.{use.Member}").Distinct());
}
