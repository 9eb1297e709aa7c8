using Millrace.Common.Model;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Run;

/// <summary>A snapshot with all those that it is on top of, each checked against its name.</summary>
internal sealed class LoadedChain : IDisposable
{
    private readonly List<SnapshotBytes> _parts = [];

    private LoadedChain()
    {
    }

    /// <summary>Ready to be restored from.</summary>
    public SnapshotContent Content { get; private set; } = null!;

    /// <summary>Of all of them together.</summary>
    public long Bytes => _parts.Sum(part => part.Length);

    /// <exception cref="SnapshotDamagedException">One of them is not what was written.</exception>
    /// <exception cref="StoreUnavailableException">Try later.</exception>
    public static async Task<LoadedChain> LoadAsync(
        ISnapshotStore store, string id, CancellationToken cancellation)
    {
        var chain = new LoadedChain();
        try
        {
            var contents = new Stack<SnapshotContent>();
            for (string next = id; next.Length > 0; next = contents.Peek().Header.Base)
            {
                SnapshotBytes part = await store.GetAsync(NameOf(next), cancellation).ConfigureAwait(false);
                chain._parts.Add(part);
                contents.Push(SnapshotCodec.Open(part));
            }

            chain.Content = contents.Pop();
            while (contents.TryPop(out SnapshotContent? later))
            {
                chain.Content = later.On(chain.Content);
            }

            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    private static SnapshotName NameOf(string id) => SnapshotName.TryParse(id, out SnapshotName name)
        ? name
        : throw new SnapshotDamagedException($"its name is {id}");
}
