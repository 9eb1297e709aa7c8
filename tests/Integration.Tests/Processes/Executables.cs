namespace Millrace.Integration.Tests.Processes;

/// <summary>The product's executables: those in the folder that MILLRACE_PROGRAMS names, else as the build put them
/// beside the tests.</summary>
internal static class Executables
{
    public static string Coordinator { get; } = Find("Millrace.Coordinator");

    public static string Worker { get; } = Find("Millrace.Worker");

    public static string Command { get; } = Find("millrace");

    /// <summary>Full path of a system tool, or null when this machine does not have it.</summary>
    public static string? Tool(string name) =>
        new[] { "/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/sbin" }.Select(d => Path.Combine(d, name))
            .FirstOrDefault(File.Exists);

    private static string Find(string name)
    {
        string folder = Environment.GetEnvironmentVariable("MILLRACE_PROGRAMS") ?? AppContext.BaseDirectory;
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} was not built.");
    }
}
