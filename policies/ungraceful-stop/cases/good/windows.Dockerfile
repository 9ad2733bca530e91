FROM mcr.microsoft.com/windows/nanoserver:1
CMD app.exe
