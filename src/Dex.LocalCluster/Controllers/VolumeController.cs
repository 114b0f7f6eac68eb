using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// Binds claims to volumes: to a free one that fits, else to a new directory of the host when the class is <c>standard</c>.
/// A claim in use and a volume that is bound are not let go.
/// </summary>
sealed class VolumeController(ControllerContext context) : Controller(context, "persistentvolume-controller")
{
    public const string Provisioner = "dex.dev/host-directory";
    const string ClaimsResource = "persistentvolumeclaims";
    const string Volumes = "persistentvolumes";
    const string Classes = "storageclasses.storage.k8s.io";
    const string ClaimProtection = "kubernetes.io/pvc-protection";
    const string VolumeProtection = "kubernetes.io/pv-protection";

    public override void Start()
    {
        On(ClaimsResource, change =>
        {
            Enqueue(change.Object.Key);
            if (change.Object.ToJson().Text("spec", "volumeName") is { Length: > 0 } volume)
                Enqueue(new(Volumes, "", volume));
        });
        On(Volumes, change =>
        {
            Enqueue(change.Object.Key);
            EnqueueAll(ClaimsResource);
        });
        On(Classes, _ => EnqueueAll(ClaimsResource));
        On("pods", change =>
        {
            var pod = change.Object.ToJson();
            foreach (var claim in pod.Items("spec", "volumes").Select(v => Binder.ClaimName(v, pod)).OfType<string>())
                Enqueue(new(ClaimsResource, change.Object.Key.Namespace, claim));
        });
        Enqueue(new(Classes, "", "standard"));
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (key.Resource == Classes)
            await CreateClassAsync(key.Name, ct);
        else if (Registry.Get(key) is { } stored)
            await (key.Resource == Volumes ? SyncVolumeAsync(stored, stored.ToJson(), ct) : SyncClaimAsync(stored, stored.ToJson(), ct));
        return null;
    }

    async Task CreateClassAsync(string name, CancellationToken ct)
    {
        if (Context.Options.VolumesDirectory is null || Registry.Get(new(Classes, "", name)) is not null)
            return;

        await Registry.CreateAsync(Classes, "", new()
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { ["storageclass.kubernetes.io/is-default-class"] = "true" } },
            ["provisioner"] = Provisioner,
            ["reclaimPolicy"] = "Delete",
            ["volumeBindingMode"] = "Immediate",
        }, ct);
    }

    async Task SyncClaimAsync(StoredObject stored, JsonObject claim, CancellationToken ct)
    {
        if (stored.DeletionTimestamp is not null)
        {
            if (!InUse(stored.Key))
                await RemoveFinalizerAsync(stored.Key, ClaimProtection, ct);
            return;
        }

        var bound = claim.Text("spec", "volumeName");
        if (claim.Text("status", "phase") == "Bound" && bound is not null)
        {
            if (Registry.Get(new(Volumes, "", bound)) is null)
                await WriteStatusAsync(stored, s => s["phase"] = "Lost", ct);
            return;
        }

        // A claim that is older than the default class gets it now, and this comes again.
        if (claim.At("spec", "storageClassName") is null && Registry.List(Classes) is { Count: > 0 } classes
            && await Registry.UpdateAsync(stored.Key, c => QuotaAdmission.SetDefaultClass(c, classes), "", ct) is { } classed && classed.Revision != stored.Revision)
            return;

        var volume = Registry.List(Volumes).Where(v => Fits(v.ToJson(), stored, claim)).OrderBy(v => Capacity(v.ToJson())).FirstOrDefault()
            ?? await ProvisionAsync(stored, claim, ct);
        if (volume is not null)
            await BindAsync(stored, volume, ct);
    }

    async Task<StoredObject?> ProvisionAsync(StoredObject stored, JsonObject claim, CancellationToken ct)
    {
        var className = claim.Text("spec", "storageClassName") ?? "";
        var storage = Registry.Get(new(Classes, "", className))?.ToJson();
        if (claim.Text("spec", "volumeName") is not null || storage?.Text("provisioner") != Provisioner || Context.Options.VolumesDirectory is not { } root)
        {
            var why = className.Length == 0 ? "no persistent volumes available for this claim and no storage class is set"
                : storage is null ? $"storageclass.storage.k8s.io \"{className}\" not found"
                : $"Waiting for a volume to be created either by the external provisioner '{storage.Text("provisioner")}' or manually by the system administrator. "
                    + "If volume creation is delayed, please verify that the provisioner is running and correctly registered.";
            Events.Normal(stored, className.Length == 0 ? "FailedBinding" : storage is null ? "ProvisioningFailed" : "ExternalProvisioning", why);
            return null;
        }

        var name = "pvc-" + stored.Uid;
        var directory = Path.Combine(root, name);
        CreatePrivate(directory);
        var volume = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["annotations"] = new JsonObject { ["pv.kubernetes.io/provisioned-by"] = Provisioner },
                ["finalizers"] = new JsonArray(VolumeProtection),
            },
            ["spec"] = new JsonObject
            {
                ["capacity"] = new JsonObject { ["storage"] = claim.Text("spec", "resources", "requests", "storage") ?? "1Gi" },
                ["accessModes"] = claim.At("spec", "accessModes")?.DeepClone() ?? new JsonArray("ReadWriteOnce"),
                ["persistentVolumeReclaimPolicy"] = storage.Text("reclaimPolicy") ?? "Delete",
                ["storageClassName"] = className,
                ["volumeMode"] = "Filesystem",
                ["claimRef"] = ClaimReference(stored),
                ["hostPath"] = new JsonObject { ["path"] = directory, ["type"] = "DirectoryOrCreate" },
            },
        };
        var created = await Registry.CreateAsync(Volumes, "", volume, ct);
        Events.Normal(stored, "ProvisioningSucceeded", $"Successfully provisioned volume {name}");
        return created;
    }

    async Task BindAsync(StoredObject claim, StoredObject volume, CancellationToken ct)
    {
        await Registry.UpdateAsync(volume.Key, v =>
        {
            if (v.Text("spec", "claimRef", "uid") == claim.Uid)
                return false;
            v.Child("spec")["claimRef"] = ClaimReference(claim);
            return true;
        }, "", ct);
        await Registry.UpdateAsync(claim.Key, c =>
        {
            c.Child("spec")["volumeName"] = volume.Key.Name;
            c.SetAnnotation("pv.kubernetes.io/bind-completed", "yes");
            return true;
        }, "", ct);
        var spec = volume.ToJson();
        await WriteStatusAsync(claim, status =>
        {
            status["phase"] = "Bound";
            status["accessModes"] = spec.At("spec", "accessModes")?.DeepClone();
            status["capacity"] = spec.At("spec", "capacity")?.DeepClone();
        }, ct);
    }

    async Task SyncVolumeAsync(StoredObject stored, JsonObject volume, CancellationToken ct)
    {
        var reference = volume.Object("spec", "claimRef");
        var claim = reference is null ? null : Registry.Get(new(ClaimsResource, reference.Text("namespace") ?? "", reference.Text("name") ?? ""));
        var alive = claim is not null && reference!.Text("uid") is var uid && (uid is null || uid == claim.Uid);
        var released = reference?.Text("uid") is not null && !alive;
        if (stored.DeletionTimestamp is not null)
        {
            if (!alive)
                await RemoveFinalizerAsync(stored.Key, VolumeProtection, ct);
            return;
        }

        await WriteStatusAsync(stored, s => s["phase"] = released ? "Released" : alive ? "Bound" : "Available", ct);
        if (released && volume.Text("spec", "persistentVolumeReclaimPolicy") == "Delete" && volume.Annotation("pv.kubernetes.io/provisioned-by") == Provisioner)
        {
            // Only a directory of our own making, by our own name for it: the path in the object is not trusted with a deletion.
            var directory = Path.Combine(Context.Options.VolumesDirectory ?? "", stored.Key.Name);
            if (Context.Options.VolumesDirectory is not null && volume.Text("spec", "hostPath", "path") == directory && Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
            await DeleteAsync(stored, "Background", ct);
        }
    }

    bool Fits(JsonObject volume, StoredObject stored, JsonObject claim)
    {
        var reference = volume.Object("spec", "claimRef");
        if (reference is not null)
            return reference.Text("name") == stored.Key.Name && reference.Text("namespace") == stored.Key.Namespace && (reference.Text("uid") ?? stored.Uid) == stored.Uid;

        return (claim.Text("spec", "volumeName") ?? volume.Name()) == volume.Name()
            && volume.DeletionTimestamp() is null
            && (volume.Text("spec", "storageClassName") ?? "") == (claim.Text("spec", "storageClassName") ?? "")
            && claim.TextList("spec", "accessModes").All(volume.TextList("spec", "accessModes").Contains)
            && (claim.Object("spec", "selector") is not { } selector || LabelSelector.From(selector).Matches(volume.Labels()))
            && Capacity(volume) >= (Quantity.TryParse(claim.Text("spec", "resources", "requests", "storage"), out var asked) ? asked.Value : 0);
    }

    bool InUse(ObjectKey claim) => Registry.List("pods", claim.Namespace).Select(p => new Pod(p))
        .Any(p => !p.Finished && p.Json.Items("spec", "volumes").Any(v => Binder.ClaimName(v, p.Json) == claim.Name));

    async Task RemoveFinalizerAsync(ObjectKey key, string finalizer, CancellationToken ct) => await Registry.UpdateAsync(key, o =>
        o.Metadata()["finalizers"] is JsonArray list && list.RemoveAll(f => f?.GetValue<string>() == finalizer) > 0, "", ct);

    static decimal Capacity(JsonObject volume) => Quantity.TryParse(volume.Text("spec", "capacity", "storage"), out var size) ? size.Value : 0;

    static JsonObject ClaimReference(StoredObject claim) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "PersistentVolumeClaim",
        ["namespace"] = claim.Key.Namespace,
        ["name"] = claim.Key.Name,
        ["uid"] = claim.Uid,
    };

    static void CreatePrivate(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
