namespace Millrace.TestKit;

/// <summary>The working copy that the tests were built from.</summary>
public static class Checkout
{
    /// <summary>Full path of its top folder.</summary>
    /// <exception cref="InvalidOperationException">The tests were taken elsewhere.</exception>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Coordinator.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new InvalidOperationException("Coordinator.sln is in no folder above the tests.");
    }
}
