using System.Text;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Rpc.Paging;

/// <summary>Cuts listings into pages. A page goes on after the last row's key, so rows that come or go in between
/// neither repeat nor hide others.</summary>
internal static class Pages
{
    public const int DefaultSize = 100;
    public const int MaxSize = 1_000;

    /// <param name="rows">In any order.</param>
    /// <param name="key">Unique; rows are listed in its ordinal order.</param>
    /// <param name="request">Everything in the request that must be the same on the next page.</param>
    /// <exception cref="RefusalException">BAD_FIELD or BAD_PAGE_TOKEN.</exception>
    public static Page<T> Cut<T>(
        IEnumerable<T> rows, Func<T, string> key, int pageSize, string pageToken, string request)
    {
        int size = SizeOf(pageSize, DefaultSize);
        byte[]? token = PageToken.Decode(request, pageToken);
        string? last = token is null ? null : Encoding.UTF8.GetString(token);
        List<(string Key, T Row)> all = [.. rows.Select(row => (key(row), row))];
        all.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        int from = last is null ? 0 : all.FindIndex(row => string.CompareOrdinal(row.Key, last) > 0);
        from = from < 0 ? all.Count : from;
        int to = Math.Min(all.Count, from + size);
        string next = to == all.Count ? "" : PageToken.Encode(request, Encoding.UTF8.GetBytes(all[to - 1].Key));
        return new Page<T>([.. all[from..to].Select(row => row.Row)], next, all.Count);
    }

    /// <summary>Zero means the default; more than the most is lowered to it.</summary>
    /// <exception cref="RefusalException">BAD_FIELD: negative.</exception>
    public static int SizeOf(long asked, int defaultSize) => asked switch
    {
        < 0 => throw new RefusalException(Refusal.BadField("page_size", "page_size must not be negative.")),
        0 => defaultSize,
        _ => (int)Math.Min(asked, MaxSize),
    };
}

/// <param name="NextToken">Empty: this is the last page.</param>
/// <param name="TotalSize">Rows of all pages.</param>
internal sealed record Page<T>(IReadOnlyList<T> Rows, string NextToken, int TotalSize);
