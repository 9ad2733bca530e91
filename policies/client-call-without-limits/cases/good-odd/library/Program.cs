using Shop;

var builder = WebApplication.CreateBuilder(args);
