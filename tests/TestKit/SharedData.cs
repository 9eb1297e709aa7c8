namespace Millrace.TestKit;

/// <summary>Finds the data folder beside the repository; it is not part of the repository, so tests skip without
/// it.</summary>
public static class SharedData
{
    /// <summary>Full path of <c>shared/data/...</c>, or null when this machine does not have it.</summary>
    public static string? Find(string relativePath)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string path = Path.Combine(at.FullName, "shared", "data", relativePath);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>What a test says when it skips for lack of the file.</summary>
    public static string Missing(string relativePath) =>
        $"shared/data/{relativePath} is in no folder above {AppContext.BaseDirectory}; it comes beside the repository.";
}
