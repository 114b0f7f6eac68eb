using System.Text.Json.Nodes;
using Dex.LocalCluster;
using Dex.LocalCluster.Storage;
using Dex.Yaml;
using Microsoft.Data.Sqlite;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Storage;

public sealed class DurableStoreTests : IDisposable
{
    static readonly ObjectKey Key = new("configmaps", "default", "a");

    readonly string _folder = Directory.CreateTempSubdirectory("dex-store-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_restarted_cluster_has_the_same_objects_revision_port_and_credentials()
    {
        long revision;
        string token, ca;
        Uri address;
        byte[] json;
        await using (var cluster = await StartAsync())
        {
            json = (await CreateAsync(cluster, "a")).Json.ToArray();
            revision = cluster.Registry.Revision;
            (token, ca, address) = (cluster.AdminToken, cluster.CaCertificatePem, cluster.Server);
        }

        await using var again = await StartAsync();

        Assert.Equal(json, again.Registry.Get(Key)!.Json.ToArray());
        Assert.True(again.Registry.Revision >= revision);
        Assert.Equal((token, ca, address), (again.AdminToken, again.CaCertificatePem, again.Server));
    }

    [Fact]
    public async Task What_was_acknowledged_is_in_the_file_before_the_cluster_is_closed()
    {
        await using var cluster = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => CreateAsync(cluster, $"c{i}")));

        // What a kill at this moment would leave behind: the database and its log as they are on disk.
        var copy = Directory.CreateDirectory(Path.Combine(_folder, "copy")).FullName;
        foreach (var file in Directory.GetFiles(_folder, "cluster.db*").Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        using var journal = SqliteJournal.Open(Path.Combine(copy, "cluster.db"));
        var state = journal.Load();

        Assert.All(Enumerable.Range(0, 40), i => Assert.NotNull(state.Get(new ObjectKey("configmaps", "default", $"c{i}"))));
    }

    [Fact]
    public async Task A_folder_belongs_to_one_running_cluster()
    {
        await using var cluster = await StartAsync();

        var refused = await Assert.ThrowsAsync<DiagnosticException>(StartAsync);

        Assert.Equal("DEX5010", refused.Diagnostics[0].Code);
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused_and_left_alone()
    {
        await (await StartAsync()).DisposeAsync();
        Execute("PRAGMA user_version = 99");

        var refused = await Assert.ThrowsAsync<DiagnosticException>(StartAsync);

        Assert.Equal("DEX5011", refused.Diagnostics[0].Code);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_reported_as_damaged()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "cluster.db"), new string('x', 5000), Ct);

        var refused = await Assert.ThrowsAsync<DiagnosticException>(StartAsync);

        Assert.Equal("DEX5012", refused.Diagnostics[0].Code);
    }

    [Fact]
    public async Task Only_the_owner_can_read_what_the_cluster_writes()
    {
        await using var cluster = await StartAsync();
        cluster.WriteKubeConfig(Path.Combine(_folder, "kubeconfig"));

        Assert.All(Directory.GetFiles(_folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Readers_see_a_write_only_when_it_is_durable()
    {
        using var journal = new HeldJournal();
        await using var store = Store.Open(journal);
        var body = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a" } };

        var stored = store.TryPut(Key, expected: null, EncodedObject.From(body))!;

        Assert.Null(store.Visible.Get(Key));
        Assert.False(store.DurableAsync(stored.Revision).IsCompleted);
        journal.Release();
        await store.DurableAsync(stored.Revision).WaitAsync(TimeSpan.FromMinutes(3), Ct);
        Assert.Same(stored, store.Visible.Get(Key));
    }

    Task<Cluster> StartAsync() => Cluster.StartAsync(new LocalClusterOptions { DataDirectory = _folder, RunAgent = false }, Ct);

    static Task<StoredObject> CreateAsync(Cluster cluster, string name) =>
        cluster.Registry.CreateAsync("configmaps", "default", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, Ct);

    void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "cluster.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A disk that is slow until told otherwise.</summary>
    sealed class HeldJournal : IJournal
    {
        readonly ManualResetEventSlim _released = new();

        public StoreState Load() => StoreState.Empty;

        public void Append(IReadOnlyList<PendingChange> changes) => _released.Wait();

        public void Release() => _released.Set();

        public void Dispose() => _released.Set();
    }
}
