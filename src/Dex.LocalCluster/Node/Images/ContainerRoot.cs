namespace Dex.LocalCluster.Node.Images;

/// <summary>
/// The file systems of images and containers as plain folders. An image is unpacked once; a container with
/// <c>readOnlyRootFilesystem</c> runs right in that folder, any other one gets a copy of its own. The image's files are read-only,
/// its folders are not: the user must be able to remove them with plain <c>rm -r</c>.
/// </summary>
sealed class ContainerRoot(ImageLayout layout, string cache)
{
    readonly SemaphoreSlim _unpacking = new(1);

    /// <summary>The folder of the unpacked image, made when it is not there yet.</summary>
    /// <exception cref="ImageException">A layer is missing, damaged or hostile.</exception>
    public async Task<string> OfImageAsync(OciImage image, CancellationToken cancel)
    {
        // Images with the same layers share a folder: a rebuilt image with a new config only costs nothing.
        var root = Path.Combine(cache, image.Layers is [var only] ? only[7..] : image.Digest[7..]);
        await _unpacking.WaitAsync(cancel);
        try
        {
            if (!Directory.Exists(root)) await Task.Run(() => Unpack(image, root), cancel);
            return root;
        }
        finally
        {
            _unpacking.Release();
        }
    }

    void Unpack(OciImage image, string root)
    {
        // Under another name until it is complete: a killed agent must not leave half an image behind.
        var partial = $"{root}.partial";
        Pods.PodFiles.Remove(partial);
        Directory.CreateDirectory(partial);
        foreach (var digest in image.Layers)
        {
            using var blob = layout.OpenBlob(digest);
            try
            {
                new LayerUnpacker(partial).Unpack(blob);
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
            {
                throw new ImageException($"layer {digest} is damaged: {e.Message}", e);
            }
        }
        Directory.Move(partial, root);
    }

    /// <summary>Copies an image's folder. The runtime clones the blocks where the file system can (FICLONE, clonefile).</summary>
    public static void Copy(string from, string to, CancellationToken cancel)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            cancel.ThrowIfCancellationRequested();
            var target = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link) File.CreateSymbolicLink(target, link);
            else if (entry is DirectoryInfo) Copy(entry.FullName, target, cancel);
            else
            {
                File.Copy(entry.FullName, target);
                File.SetUnixFileMode(target, ((FileInfo)entry).UnixFileMode | UnixFileMode.UserWrite);
            }
        }
    }
}
