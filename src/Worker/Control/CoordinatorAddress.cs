using Millrace.Common.Hosting;

namespace Millrace.Worker.Control;

/// <summary>Where the coordinator is: a fixed address, or whatever its endpoints file says at the moment.</summary>
/// <param name="text">As in the setting Worker:Coordinator.</param>
internal sealed class CoordinatorAddress(string text)
{
    /// <summary>Null: the file is not there, or not yet.</summary>
    public Uri? Resolve()
    {
        if (text.StartsWith("http://", StringComparison.Ordinal))
        {
            return new Uri(text);
        }

        string directory = Path.GetFileName(text) == EndpointsFile.FileName
            ? Path.GetDirectoryName(Path.GetFullPath(text))!
            : text;
        string? grpc = EndpointsFile.ReadFrom(directory)?.Grpc;
        return Uri.TryCreate(grpc, UriKind.Absolute, out Uri? address) ? address : null;
    }

    public override string ToString() => text;
}
