using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Millrace.Common.Wire;

/// <summary>Gives Kestrel pools of large blocks.</summary>
public sealed class BlockPoolFactory : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool();
}
