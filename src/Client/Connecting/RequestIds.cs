namespace Millrace.Client.Connecting;

/// <summary>A change that carries an id is made once, however often it is asked for again.</summary>
internal static class RequestIds
{
    public static string New() => Guid.NewGuid().ToString("N");

    /// <summary>The caller's own, or a new one.</summary>
    public static string Or(string given) => given.Length > 0 ? given : New();
}
