using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Common.Wire;

/// <summary>Puts Millrace's memory pool into a host.</summary>
public static class MemoryPoolServices
{
    public static IServiceCollection AddMillraceMemoryPool(this IServiceCollection services) =>
        services.AddSingleton<IMemoryPoolFactory<byte>, BlockPoolFactory>();
}
