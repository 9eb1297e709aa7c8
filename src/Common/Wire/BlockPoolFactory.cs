using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Common.Wire;

/// <summary>Gives Kestrel pools of large blocks.</summary>
public sealed class BlockPoolFactory : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool();
}

/// <summary>Puts Millrace's memory pool into a host.</summary>
public static class BlockPoolServices
{
    public static IServiceCollection AddMillraceMemoryPool(this IServiceCollection services) =>
        services.AddSingleton<IMemoryPoolFactory<byte>, BlockPoolFactory>();
}
