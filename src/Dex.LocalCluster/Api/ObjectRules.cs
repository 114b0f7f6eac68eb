using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;


namespace Dex.LocalCluster.Api;

/// <summary>What happens to a body between the client's bytes and the store, kind by kind.</summary>
sealed class ObjectRules(FieldOwnership ownership, ServiceAddresses addresses, Escalation escalation, TimeProvider time)
{
    /// <summary>What will be stored for a new object; <paramref name="body"/> stays as it is.</summary>
    public JsonObject PrepareCreate(ResourceType type, string ns, string name, JsonObject body, WriteOptions options)
    {
        var next = Converted(type, body);
        ResetStatus(type, next);
        if (!options.OwnershipIsRecorded)
            next.Metadata().Remove("managedFields");
        ObjectMetadata.Born(next, type, ns, name, time);
        // Written by the conversion of the real type, hence the client's.
        if (type.Storage == "daemonsets.apps")
            next.SetAnnotation("deprecated.daemonset.template.generation", "1");
        if (!options.OwnershipIsRecorded)
            ownership.Update(type, live: null, next, options);
        Preparation.Create(type, next, ObjectNames.Suffix);
        if (type.Storage == "services")
            addresses.Allocate(next, live: null);
        if (options.User is { } user)
            escalation.Check(type, next, user);
        ThrowIfInvalid(type, name, Validation.Create(type, next));
        ObjectMetadata.Sort(next);
        Order(next);
        return next;
    }

    /// <summary>What will be stored instead of <paramref name="live"/>.</summary>
    public JsonObject PrepareUpdate(ResourceType type, JsonObject live, JsonObject wanted, WriteOptions options)
    {
        var next = Converted(type, wanted);
        ObjectMetadata.Keep(next, live);
        KeepOtherPart(type, live, next, options.Subresource);
        if (!options.OwnershipIsRecorded)
            ownership.Update(type, live, next, options);
        Preparation.Update(type, next, live);
        if (type.Storage == "services" && options.Subresource.Length == 0)
            addresses.Allocate(next, live);
        CheckFinalizers(type, live, next);
        ThrowIfInvalid(type, live.Name(), Validation.Update(type, next, live, options.Subresource));
        if (options.User is { } user)
            escalation.Check(type, next, user);
        if (type.HasGeneration && SpecChanged(type, live, next, options.Subresource))
            next.Metadata()["generation"] = live.Generation() + 1;
        ObjectMetadata.Sort(next);
        Order(next);
        return next;
    }

    /// <summary>Nobody but a node's agent creates with a status; a built-in kind then has the one that Go's empty struct is written as.</summary>
    static void ResetStatus(ResourceType type, JsonObject body)
    {
        if (type.FindSubresource("status") is null || type.Storage == "nodes")
            return;
        body.Remove("status");
        if (!type.Custom && Conversion.Convert(type.Schema, [])["status"] is { } empty)
            body["status"] = empty.DeepClone();
    }

    /// <summary>The object as its type writes it, with its defaults: equal objects have equal bytes.</summary>
    static JsonObject Converted(ResourceType type, JsonObject body)
    {
        try
        {
            var converted = Defaults.Apply(type, body);
            converted["kind"] = type.Kind;
            converted["apiVersion"] = type.StorageVersion;
            return converted;
        }
        catch (DecodeException exception)
        {
            throw ApiErrors.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: {exception.Message}");
        }
    }

    public void CheckDelete(ResourceType type, StoredObject live)
    {
        if (type.Storage == "namespaces" && live.Key.Name is "default" or "kube-system" or "kube-public")
            throw ApiErrors.Forbidden(type, live.Key.Name, "this namespace may not be deleted");
    }

    /// <summary>The main resource cannot write status, and /status writes nothing else but the ownership records.</summary>
    static void KeepOtherPart(ResourceType type, JsonObject live, JsonObject next, string subresource)
    {
        if (subresource is "status" or "approval")
        {
            foreach (var name in next.Select(p => p.Key).Where(n => n is not ("status" or "metadata")).ToList())
                next.Remove(name);
            foreach (var (name, value) in live)
            {
                if (name is not ("status" or "metadata"))
                    next[name] = value?.DeepClone();
            }
            var metadata = live.Metadata().Copy();
            metadata["managedFields"] = next.Metadata()["managedFields"]?.DeepClone();
            if (metadata["managedFields"] is null)
                metadata.Remove("managedFields");
            // The one kind whose status carries an annotation with it: the controller's revision, which must not count as a new generation.
            if (live.Kind() == "Deployment" && next.At("metadata", "annotations") is { } annotations)
                metadata["annotations"] = annotations.DeepClone();
            next["metadata"] = metadata;
        }
        else if (subresource is not ("finalize" or "binding") && type.FindSubresource("status") is not null)
        {
            next.Remove("status");
            if (live["status"] is { } status)
                next["status"] = status.DeepClone();
        }
    }

    static void CheckFinalizers(ResourceType type, JsonObject live, JsonObject next)
    {
        if (live.DeletionTimestamp() is null)
            return;
        var added = next.Finalizers().Except(live.Finalizers(), StringComparer.Ordinal).ToList();
        if (added.Count == 0)
            return;
        var names = string.Join(", ", added.Select(f => $"\"{f}\""));
        var cause = new StatusCause("FieldValueForbidden",
            $"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{names}}}", "metadata.finalizers");
        // kube-apiserver runs this check in two places and lists its cause twice.
        throw ApiErrors.Invalid(type, live.Name(), [cause, cause]);
    }

    static void ThrowIfInvalid(ResourceType type, string name, IReadOnlyList<FieldError> errors)
    {
        if (errors.Count > 0)
            throw ApiErrors.Invalid(type, name, [.. errors.Select(e => new StatusCause(e.Reason, e.Message, e.Field))]);
    }

    static bool SpecChanged(ResourceType type, JsonObject live, JsonObject next, string subresource)
    {
        if (type.Custom && type.FindSubresource("status") is null)
            return next.Any(p => p.Key != "metadata" && !JsonNode.DeepEquals(p.Value, live[p.Key])) || live.Any(p => next[p.Key] is null && p.Value is not null);
        if (type.Storage == "deployments.apps" && subresource is not "status" && !JsonNode.DeepEquals(live.At("metadata", "annotations"), next.At("metadata", "annotations")))
            return true;
        foreach (var (name, value) in next)
        {
            if (name is not ("metadata" or "status" or "kind" or "apiVersion") && !JsonNode.DeepEquals(value, live[name]))
                return true;
        }
        return live.Any(p => p.Key is not ("metadata" or "status") && p.Value is not null && next[p.Key] is null);
    }

    static void Order(JsonObject body)
    {
        var rest = body.ToList();
        body.Clear();
        foreach (var name in (ReadOnlySpan<string>)["kind", "apiVersion", "metadata"])
        {
            if (rest.FirstOrDefault(p => p.Key == name).Value is { } value)
                body[name] = value;
        }
        foreach (var (name, value) in rest)
        {
            if (name is not ("kind" or "apiVersion" or "metadata") && value is not null)
                body[name] = value;
        }
    }
}
