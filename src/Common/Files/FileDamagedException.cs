namespace Millrace.Common.Files;

/// <summary>A file can be read but does not hold what was written.</summary>
public sealed class FileDamagedException(string path, string why) : IOException($"The file {path} is damaged: {why}.")
{
    public string Path { get; } = path;
}
