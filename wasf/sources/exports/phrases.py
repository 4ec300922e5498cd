"""The words that WhatsApp itself writes, by meaning, in many languages: data.

Android's words come from its app of 2017 to 2019, the iPhone's from version 22.24; newer ones were
found in exports. In a language that is missing here a message loses its kind, never its text, and a
notice becomes a message, which is a nuisance; a message that is lost would be worse.
"""


def phrases(block: str) -> tuple[str, ...]:
    """Return the phrases of a block, which are separated by bars; a phrase may span lines."""
    return tuple(phrase for part in block.replace("\n", " ").split("|") if (phrase := part.strip()))


MEDIA_OMITTED = phrases("""
Media weggelaat | تم استبعاد الوسائط | Media çıxarılmışdır | Без файл | মিডিয়া বাদ দেওয়া হয়েছে |
Mitjans omesos | Média vynechána | Mediefil udeladt | Medien weggelassen | Εξαίρεση πολυμέσων |
Archivo omitido | Meedia ära jäetud | پيوست نما/آهنگ حذف شد | Media jätetty pois | Fichier omis |
મીડિયા અવગણાયું | מדיה הושמטה | मीडिया के बिना | Medijski zapis izostavljen | Hiányzó médiafájl |
Media tidak disertakan | Media omesso | メディアは含まれていません | Файл қосылған жоқ |
ಮೀಡಿಯಾ ಕೈಬಿಡಲಾಗಿದೆ | 미디어 파일을 생략한 대화내용 | Praleistas medijos turinys | Bez multivides |
Без фајл | മീഡിയ ഒഴിവാക്കി | मीडिया वगळले | Media disingkirkan | Uten vedlegg | Media weggelaten |
ਮੀਡੀਆ ਛੱਡਿਆ ਗਿਆ | pliki pominięto | Mídia omitida | Ficheiro não revelado | Conținut media omis |
Файл пропущен | Médiá vynechané | Medij izpuščen | Pa media | медији су изостављени |
Media har utelämnats | Media imerukwa | ஊடகங்கள் நீக்கப்பட்டது | మాధ్యమం విస్మరించబడింది |
สื่อถูกลบ | Walang kalakip na media | Medya atlanmış | Медіа пропущено | میڈیا چھوڑ دیا گیا |
Fayl o‘tkazib yuborildi | Bỏ qua Media | 省略多媒体文件 | 忽略多媒體檔 | Media omitted |
media buraxıldı | মিডিয়া বাদ দেওয়া হয়েছে | fitxers multimèdia omesos | média vynechány |
medier udeladt | medien ausgeschlossen | αρχείο παραλήφθηκε | multimedia omitido |
meedia välja jäetud | رسانه حذف شد | media jätettiin pois | médias omis | મિડિયા છોડી મૂકાયું |
મીડિયા અવગણવામાં આવ્યા | média elhagyva | media omessi | המדיה לא נכללה | メディアなし |
файлдар қосылмаған | ಮಾಧ್ಯಮ ಕೈಬಿಡಲಾಗಿದೆ | 미디어 파일 제외됨 | ບໍ່ລວມມີເດຍ | medija praleista |
nav iekļauta multivide | без фајлови | मीडिया वगळण्यात आला | media dikecualikan | media utelatt |
ਮੀਡੀਆ ਛੱਡਿਆ | ਮੀਡੀਆ ਛਡਿਆ ਗਿਆ | pominięto multimedia | без медиафайлов | datoteke izpuščene |
media u hoq | Media hequr | media utelämnat | media hazijajumuishwa | கோப்புகள் விடப்பட்டன |
మీడియా విస్మరించబడింది | ไฟล์สื่อถูกลบ | ınalis ang media | medya dahil edilmedi |
میڈیا ہٹا دیا گیا | bỏ qua tệp phương tiện | Video note omitted | Video message omitted
""")
"""Android, in angle brackets: an export without media."""

FILE_ATTACHED = phrases("""
lêer aangeheg | الملف مرفق | fayl əlavə olunub | прикачен файл | ফাইল সংযুক্ত হয়েছে |
arxiu adjunt | soubor byl přiložen | fil vedhæftet | Datei angehängt | συνημμένο αρχείο |
archivo adjuntado | archivo adjunto | fail lisatud | liitetiedosto |
fichier joint | ફાઇલ જોડાયેલ | קובץ מצורף |
फाइल अटैच कर दी गई है | datoteka u privitku | fájl csatolva | file terlampir | file allegato |
添付ファイル有り | қосымша файл | ಕಡತ ಸೇರಿಸಲಾಯಿತು | 파일 첨부됨 | byla prisegta |
pievienots fails | прикачен фајл | ഫയൽ ചേർത്തു | फाइल संलग्न | fail dilampirkan | vedlagt fil |
bestand bijgevoegd | ਅਟੈਚ ਕੀਤੀ ਫਾਇਲ | załączony plik | arquivo anexado | ficheiro anexado |
fișier atașat | файл добавлен | súbor pripojený | priložena datoteka | skedë e ngjitur |
прикачена датотека | bifogad fil | faili limeambatanishwa | ఫైల్ జోడించబడినది | ไฟล์ที่แนบ |
nakalakip na file | dosya ekli | файл додано | پیوستہ فائل | fayl biriktirildi | tệp đính kèm |
文件附件 | 附件檔案 | file attached
""")
"""Android, in round brackets after a file's name."""

MEDIA_LEFT_OUT = phrases("""
لم يتم إدراج الصورة | ইমেজ বাদ দেওয়া হয়েছে | Imatge omesa | obrázek vynechán | billede udeladt |
Bild weggelassen | εικόνα παραλείφθηκε | image omitted | imagen omitida | تصویر حذف شد | ei kuvaa |
image absente | íomhá ligthe ar lár | છબી પડતી મૂકાઈ | התמונה הושמטה | फ़ोटो हटाई गई |
slika izostavljena | kép küldése sikertelen | gambar tidak disertakan | immagine omessa |
画像は含まれていません | 이미지 생략됨 | इमेज वगळली | imej tidak dimasukkan |
bilde ikke inkludert | afbeelding weggelaten | obraz pominięty | imagem ocultada |
imagem não revelada | Imagine omisă | изображение отсутствует | obrázok vynechaný |
bild utesluten | ไม่มีรูปภาพ | görüntü dahil edilmedi | зображення відсутнє |
تصویر نکال دی گئی ہے | đã bỏ qua hình ảnh | 圖片已略去 | 照片已忽略 | 圖像已省略 |
لم يتم إدراج الفيديوهات | ভিডিও বাদ দেওয়া হয়েছে | vídeo omès | video vynecháno | video udeladt |
Video weggelassen | βίντεο παραλείφθηκε | video omitted | Video omitido | ویدیو حذف شد |
videota ei sisällytetä | vidéo absente | físeán ligthe ar lár | વિડિયો પડતી મુકાઈ |
סרטון הווידאו הושמט | वीडियो छोड़ा गया | video izostavljen | Videó kihagyva. |
video tidak disertakan | video omesso | ビデオは含まれていません | 비디오 생략됨 | व्हिडीओ वगळला |
video tidak dimasukkan | video utelatt | video weggelaten | wideo pominięte | vídeo omitido |
vídeo não revelado | clip video omis | видео отсутствует | video vynechané | video utesluten |
วิดีโอถูกลบ | video dahil edilmedi | відео відсутнє | ویڈیو نظرانداز | đã bỏ video | 影片已略去 |
视频已忽略 | 影片已省略 | لم يتم إدراج المقاطع الصوتية | অডিও বাদ দেওয়া হয়েছে | Àudio omès |
zvukový soubor vynechán | lyd udeladt | Audio weggelassen | ήχος παραλείφθηκε | audio omitted |
audio omitido | صدا حذف شد | äänitiedostoa ei sisällytetä | audio omis | comhad fuaime ar lár |
ઓડિયો ફાઇલ શામેલ કરી નથી | קטע קול הושמט | ऑडियो हटाई गयी | zvuk izostavljen | Hang kihagyása |
audio tidak disertakan | audio omesso | 音声は含まれていません | 오디오 생략됨 | ऑडिओ वगळला |
audio tidak dimasukkan | lyd utelatt | audio weggelaten | audio pominięte | áudio ocultado |
ficheiro de áudio não revelado | fără audio | аудиофайл отсутствует | zvuk vynechaný |
ljud utelslutet | ไม่มีไฟล์เสียง | ses dahil edilmedi | аудіо відсутнє | آڈیو نظرانداز |
bỏ qua tệp âm thanh | 音訊已略去 | 音频已忽略 | 音訊已省略 | تم حذف الملصقات |
স্টিকার বাদ দেওয়া হয়েছে | adhesiu omès | nálepka vynechána | klistermærke udeladt |
Sticker weggelassen | αυτοκόλλητο παραλήφθηκε | sticker omitted | sticker omitido | استیکر حذف شد |
tarraa ei sisällytetty | sticker omis | fágadh an greamán ar lár | સ્ટીકર પડતું મુકાયું |
סטיקר הושמט | स्टिकर छोड़ा गया | naljepnica izostavljena | matrica kihagyva |
stiker tidak disertakan | sticker non incluso | スタンプは含まれていません | 스티커 제외됨 |
स्टिकर वगळले | pelekat tidak disertakan | klistremerke utelatt | sticker weggelaten |
pominięto naklejkę | figurinha omitida | sticker não revelado | стикер не добавлен |
nálepka vynechaná | sticker utesluten | ไม่มีสติกเกอร์ | Çıkartma dahil edilmedi |
Наклейку не додано | اسٹیکر نظرانداز | đã bỏ sticker | 貼圖已略去 | 贴图已省略 | 貼圖已忽略 |
لم يتم إدراج صورة GIF | জিআইএফ বাদ দেওয়া হয়েছে | GIF omès | GIF vynechán | GIF udeladt |
GIF weggelassen | Παράληψη GIF | GIF omitted | GIF omitido | GIF حذف شد |
GIF-animaatio jätetty pois | GIF retiré | GIF ligthe ar lár | GIF પડતી મૂકાઈ | GIF הושמט |
GIF छोड़ा गया | GIF izostavljen | GIF fájl kihagyása | GIF tidak disertakan | GIF esclusa |
GIFは含まれていません | GIF 생략됨 | GIF वगळले | GIF tidak dimasukkan | GIF utelatt |
GIF weggelaten | Plik GIF pominięty | GIF não revelada | GIF omis | GIF отсутствует |
GIF vynechaný | GIF utesluten | ละเว้น GIF | GIF dahil edilmedi | GIF-анімацію пропущено |
GIF  نظرانداز | Đã bỏ qua ảnh GIF | GIF 已略去 | GIF 动态图已被忽略 | GIF 圖片已被省略 |
لم يتم إدراج المستند | ডকুমেন্ট বাদ দেওয়া হয়েছে | Document omès | dokument vynechán |
dokument udeladt | Dokument weggelassen | έγγραφο παραλείφθηκε | document omitted |
documento omitido | سند حذف شد | dokumenttia ei sisällytetä | document manquant |
cáipéis ligthe ar lár | ડોક્યુમેન્ટ સામેલ કર્યું નહિ | מסמך הושמט | डॉक्यूमेंट छोड़ा गया |
dokument izostavljen | dokumentum kihagyva | dokumen tidak disertakan | documento omesso |
ドキュメントは含まれていません | 문서 생략됨 | डॉक्युमेंट वगळले | dokumen tidak dimasukkan |
utelatt dokument | document weggelaten | dokument pominięty | documento não revelado |
document omis | документ отсутствует | dokument vynechaný | dokument uteslutet | ละเว้นเอกสาร |
belge dahil edilmedi | документ пропущено | دستاویز نظرانداز | đã bỏ qua tài liệu | 文件已略去 |
文档已省略 | 文件已忽略 | تم حذف صورة المنتج | প্রোডাক্টের ইমেজ সরানো হয়েছে |
Imatge del producte omesa | obrázek produktu byl vynechán | produktbillede udeladt |
Produktbild ausgelassen | παραλείπεται η εικόνα προϊόντος | product image omitted |
imagen del producto omitida | عکس کالا حذف شده است | tuotekuva jätetty pois |
image produit oubliée | fágadh íomhá an táirge ar lár | પ્રોડક્ટનો ફોટો બાકાત રાખ્યો |
תמונת המוצר נשלחה | प्रोडक्‍ट की फ़ोटो हटाई गई | slika proizvoda izostavljena |
a termékkép hiányzik | gambar produk dihilangkan | immagine del prodotto omessa |
商品画像は含まれていません | 제품 이미지 생략됨 | प्रॉडक्ट इमेज वगळली |
imej produk tidak disertakan | produktbilde utelatt | productafbeelding weggelaten |
zdjęcie produktu zostało pominięte | imagem de produto omitida | imagem do produto não revelada |
imagine a produsului omisă | изображение товара отсутствует | obrázok produktu vynechaný |
produktbild utelämnad | ไม่ได้ใส่รูปผลิตภัณฑ์ | ürün görseli dahil edilmedi |
зображення продукту пропущено | پروڈکٹ کی تصویر نکال دی گئی ہے | đã bỏ ảnh sản phẩm |
產品圖片已略去 | 产品图省略 | 產品圖片已省略 | video note omitted
""")
"""iPhone: an export without media."""

CARD_LEFT_OUT = phrases("""
لم يتم إدراج بطاقة جهة اتصال | পরিচিতির কার্ড বাদ দেওয়া হয়েছে | Targeta de contacte omesa |
Vizitka vynechána | Kontaktkort udeladt | Kontaktkarte ausgelassen | Η κάρτα επαφής παραλήφθηκε |
Contact card omitted | Tarjeta de contacto omitida | برگ مخاطب حذف شد. |
Yhteystietokortti jätettiin pois | Fiche contact manquante | Cárta teagmhála ar lár |
સંપર્કનું કાર્ડ પડતું મૂકાયું | כרטיס איש קשר הושמט | कॉन्टैक्ट कार्ड छोड़ा गया |
Posjetnica izostavljena | Névjegykártya kihagyva | Kartu kontak tidak disertakan |
Scheda contatto omessa | 連絡先カードを省略 | 연락처 카드 생략됨 | संपर्क कार्ड वगळले |
Kad kenalan tidak dimasukkan | Kontaktkort sløyfet | Visitekaartje weggelaten |
Pominięta wizytówka kontaktu | Cartão do contato omitido | Contacto não revelado |
Carte de vizită contact omisă | Карточка контакта отсутствует | Karta kontaktu vynechaná |
Kontaktkort uteslutet | บัตรรายชื่อที่ละเว้น | Kişi kartı dahil edilmedi |
Картка контакту відсутня | رابطہ کارڈ نظر انداز | Bỏ qua thẻ liên lạc | 聯絡人卡片已略去 |
联系人卡片已忽略 | 聯絡人卡片已省略 | contact cards omitted
""")
"""iPhone: a contact card in an export without media."""

LIVE_LOCATION = phrases("""
regstreekse ligging gedeel | تمت مشاركة الموقع المباشر | canlı məkan paylaşılıb |
местоположение в реално време споделено | লাইভ অবস্থান শেয়ার করা হয়েছে |
Ubicació en directe compartida | byla sdílena aktuální poloha | live placering delt |
Live-Standort wird geteilt | η τωρινή τοποθεσία κοινοποιήθηκε |
ubicación en tiempo real compartida | hetke asukoht jagatud | مکان زنده به اشتراک گذاشته شد |
live-sijainti jaettu | Localisation en direct partagée | જીવંત સ્થાન શેર કરાયું |
משתף מיקום בשידור חי | लाइव स्थान साझा किया गया | trenutna lokacija podijeljena |
tartózkodási hely megosztva | Lokasi terkini dibagikan | posizione attuale condivisa |
ライブロケーション共有 | қазіргі орынмен бөлісті | ನೇರ ಸ್ಥಳ ಹಂಚಿಕೊಳ್ಳಲಾಗಿದೆ | 공유한 실시간 위치 |
tiesioginė vieta bendrinama | reāllaika atrašanās vieta | споделено локација во живо |
ലൈവ് ലൊക്കേഷൻ പങ്കിട്ടു | सध्याचे थेट ठिकाण शेअर केले | lokasi terkini dikongsi |
posisjon i sanntid delt | live locatie gedeeld | ਮੌਜੂਦਾ ਟਿਕਾਣਾ ਸਾਂਝਾ ਕੀਤਾ |
udostępniona transmisja położenia | localização atual compartilhada |
Está a partilhar a sua localização | locație în timp real distribuită | Геоданные отправлены |
bola zdieľaná aktuálna poloha | lokacija v živo je bila deljena | vendnodhja aktuale u shpërnda |
Локација уживо подељена | liveposition delad | mahali mubashara pameshirikishwa |
இடம் நேரலையாக பகிரபட்டது | ప్రత్యక్ష స్థాన భాగస్వామ్యం | ตำแหน่งปัจจุบันถูกแบ่งปัน |
ibinahagi ang live na lokasyon | Mevcut konum paylaşıldı | геодані надіслано |
جاری مقام کا اشتراک ہوا | jonli joylashuv ulashildi | vị trí hiện thời được chia sẻ |
共享实时位置 | 實時位置已分享 | live location shared
""")
"""A live location."""

DELETED = phrases("""
Hierdie boodskap was uitgevee | تم حذف هذه الرسالة | Bu ismarıc silindi |
Съобщението беше изтрито | এই বার্তাটি মুছে ফেলা হয়েছে | Aquest missatge està esborrat |
Tato zpráva byla odstraněna | Denne besked blev slettet | Diese Nachricht wurde gelöscht |
Αυτό το μήνυμα διαγράφηκε | Este mensaje fue eliminado | See sõnum on kustutatud |
این پیام حذف شد | Tämä viesti poistettiin | Ce message a été supprimé | આ સંદેશ રદ્દ કરાયો |
הודעה זו נמחקה | यह संदेश मिटाया गया | Ova poruka je izbrisana | Ez az üzenet törlésre került |
Pesan ini telah dihapus | Questo messaggio è stato eliminato | このメッセージは削除されました |
Бұл хат жойылды | ಈ ಸಂದೇಶವು ಅಳಿಸಲ್ಪಟ್ಟಿದೆ | 이 메시지는 삭제되었습니다 | Ši žinutė buvo ištrinta |
Šī ziņa tika izdzēsta | Оваа порака беше избришана | ഈ സന്ദേശം ഇല്ലാതാക്കിയതാണ് |
हा संदेश हटविण्यात आला होता | Mesej ini telah dipadam | Denne meldingen ble slettet |
Dit bericht is verwijderd | ਇਸ ਸੁਨੇਹੇ ਨੂੰ ਹਟਾਇਆ ਗਿਆ | Ta wiadomość została usunięta |
Esta mensagem foi apagada | Esta mensagem foi apagada pelo remetente | Acest mesaj a fost șters |
Данное сообщение удалено | Táto správa bola odstránená | To sporočilo je bilo izbrisano |
Ова порука је обрисана | Detta meddelande raderades | Ujumbe huu ulifutwa |
இத்தகவல் திரும்பப்பெறப்பட்டது | ข้อความนี้ได้ถูกลบ | Itong mensahe ay binura na |
Bu mesaj silindi | Це повідомлення було видалено | یہ پیغام حذف کیا گیا | Ushbu xabar o‘chirildi |
Tin nhắn này đã bị xoá | 信息已删除 | 此訊息已刪除 | This message was deleted |
Jy het boodskap uitgevee | أنت حذفت هذه الرسالة | Siz bu ismarıcı sildiniz |
Изтрихте това съобщение | আপনি এই বার্তাটি মুছে ফেলেছেন | Has esborrat aquest missatge |
Tuto zprávu jste odstranil/a | Du slettede denne besked | Du hast diese Nachricht gelöscht |
Διαγράψατε αυτό το μήνυμα | Eliminaste este mensaje | Kustutasid selle sõnumi |
شما این پیام را حذف کردید | Poistit tämän viestin | Vous avez supprimé ce message |
તમે આ સંદેશને રદ્દ કર્યો | מחקת הודעה זו | आपने यह संदेश मिटाया | Izbrisali ste ovu poruku |
Törölted ezt az üzenetet | Anda telah menghapus pesan ini | Hai eliminato questo messaggio |
このメッセージを削除しました | Сіз бұл хатты жойдыңыз | ನೀವು ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಿದ್ದೀರಿ |
삭제한 메시지입니다 | Jūs ištrynėte šią žinutę | Jūs izdzēsāt šo ziņu | Ја избриша оваа порака |
ഈ സന്ദേശം നിങ്ങൾ ഇല്ലാതാക്കി | आपण हा संदेश हटविलात | Anda telah memadamkan mesej ini |
Du slettet denne meldingen | U hebt dit bericht verwijderd | ਤੁਸੀਂ ਇਹ ਸੁਨੇਹਾ ਹਟਾਇਆ |
Usunąłeś(aś) tę wiadomość | Você apagou esta mensagem | Ați șters acest mesaj |
Вы удалили данное сообщение | Túto správu ste odstránili | To sporočilo ste izbrisali |
Обрисао/ла си ову поруку | Du raderade detta meddelande | Umefuta ujumbe huu |
இத்தகவலை தாங்கள் அழித்தீர்கள் | คุณลบข้อความนี้ | Binura mo itong mensahe | Bu mesajı sildiniz |
Ви видалили це повідомлення | آپ نے اس پیغام کو حذف کیا | Siz ushbu xabarni o‘chirdingiz |
Bạn đã xoá tin nhắn này | 您删除这个信息 | 您已刪除此訊息 | You deleted this message |
এই মেসেজটি বাদ দেওয়া হয়েছে | Aquest missatge s'ha suprimit | Tato zpráva byla smazána |
Denne besked er blevet slettet | Se eliminó este mensaje | این پیام حذف شده است |
Scriosadh an teachtaireacht seo | આ મેસેજ ડિલીટ કરાયો | यह मैसेज डिलीट कर दिया गया है |
Ova je poruka izbrisana | Pesan ini dihapus | हा मेसेज हटवण्यात आला | Mensagem apagada |
Det här meddelandet raderades | ข้อความนี้ถูกลบแล้ว | یہ میسج حذف کر دیا گیا ہے |
Tin nhắn này đã bị xóa | 这条消息已被删除 | لقد حذَفت هذه الرسالة | আপনি এই মেসেজটি বাদ দিয়েছেন |
Has suprimit aquest missatge | Tuto zprávu jste smazal/a | Du har slettet denne besked |
Scrios tú an teachtaireacht seo | તમે આ મેસેજ ડિલીટ કર્યો | מחקת את ההודעה הזו |
आपने यह मैसेज डिलीट किया | Ezt az üzenetet törölted | Anda menghapus pesan ini |
तुम्ही हा मेसेज हटवला | Usunąłeś(-ęłaś) tę wiadomość | Apagou esta mensagem |
Вы удалили это сообщение | Du har tagit bort meddelandet | คุณได้ลบข้อความนี้ |
آپ نے یہ میسج حذف کر دیا ہے | Bạn đã xóa tin nhắn này | 您已删除这条消息 | Διαγράψατε το μήνυμα |
이 메시지를 삭제했습니다 | Du raderade det här meddelandet | لقد حذفت هذه الرسالة بصفتك مشرفًا |
আপনি অ্যাডমিন হিসেবে এই মেসেজটি বাদ দিয়েছেন | Has suprimit aquest missatge com a administrador |
Tuto zprávu jste odstranil/a jako správce | Du har slettet denne besked som administrator |
Du hast diese Nachricht als Admin gelöscht | Διαγράψατε το μήνυμα ως διαχειριστής |
You deleted this message as admin | Eliminaste este mensaje como admin |
شما به‌عنوان مدیر، این پیام را حذف کردید | Poistit tämän viestin ylläpitäjänä |
Vous avez supprimé ce message en tant qu'admin |
Scrios tú, mar an riarthóir, an teachtaireacht seo | એડમિન તરીકે તમે આ મેસેજ ડિલીટ કર્યો |
מחקת את ההודעה הזו כמנהל/ת | आपने एडमिन के तौर पर यह मैसेज डिलीट किया है |
Izbrisali ste ovu poruku kao administrator | Törölted ezt az üzenetet adminként |
Anda menghapus pesan ini sebagai admin | Hai eliminato questo messaggio come amministratore |
管理者としてこのメッセージを削除しました | 관리자로서 이 메시지를 삭제했습니다 |
तुम्ही ॲडमिन म्हणून हा मेसेज हटवला आहे | Anda telah memadamkan mesej ini sebagai pentadbir |
Du slettet denne meldingen som administrator | U hebt dit bericht als beheerder verwijderd |
Usunąłeś(-ęłaś) tę wiadomość jako administrator | Mensagem apagada por um admin (você) |
Apagou esta mensagem enquanto administrador/a | Ați șters acest mesaj, ca admin |
Вы как админ удалили данное сообщение | Túto správu ste odstránili ako správca |
Du raderade det här meddelandet i egenskap av administratör | คุณได้ลบข้อความนี้ในฐานะผู้ดูแล |
Yönetici olarak bu mesajı sildiniz | Ви видалили це повідомлення від імені адміністратора |
آپ نے ایڈمن کے طور پر یہ میسج حذف کر دیا ہے | Bạn đã xóa tin nhắn này trong vai trò quản trị viên |
您已使用管理員身份刪除此訊息 | 您以管理员的身份删除了这条消息 | 您已以管理員身分刪除此訊息
""")
"""A message that somebody deleted for everyone."""

DELETED_BY_ADMIN = phrases("""
حذف المشرف %@ هذه الرسالة. | অ্যাডমিন %@ এই মেসেজটি বাদ দিয়েছেন। |
Aquest missatge l'ha suprimit un administrador: %@. |
Tuto zprávu smazal jeden ze správců skupiny (%@). |
Denne besked er blevet slettet af administratoren %@. |
Diese Nachricht wurde von Admin %@ gelöscht. | Αυτό το μήνυμα διαγράφηκε από τον διαχειριστή %@. |
This message was deleted by admin %@. | Un admin., %@, eliminó este mensaje. |
این پیام را مدیر (%@) حذف کرد. | Ylläpitäjä, %@, poisti tämän viestin. |
Ce message a été supprimé par l'admin %@ | Scrios %@ (riarthóir) an teachtaireacht seo. |
આ મેસેજ %@ એડમિને ડિલીટ કરી દીધો છે. | ההודעה נמחקה על ידי %@, מנהל/ת הקבוצה. |
यह मैसेज एडमिन %@ ने डिलीट कर दिया है. | Ovu je poruku izbrisao administrator %@. |
Ezt az üzenetet az egyik admin (%@) eltávolította. | Pesan ini dihapus oleh admin %@. |
Questo messaggio è stato eliminato dall'amministratore %@. |
このメッセージは管理者(%@)により削除されました。 | 이 메시지는 관리자 %@에 의해 삭제되었습니다. |
हा मेसेज %@ या ॲडमिनने हटवला. | Mesej ini telah dipadamkan oleh pentadbir %@. |
Denne meldingen ble slettet av administrator %@. | Dit bericht is verwijderd door beheerder %@. |
Tę wiadomość usunął administrator %@. | Mensagem apagada por um admin (%@) |
Esta mensagem foi apagada por um/a administrador/a, %@. | Acest mesaj a fost șters de admin, %@. |
Данное сообщение удалено админом (%@). | Túto správu odstránil správca (%@). |
Det här meddelandet togs bort av administratör %@. | ข้อความนี้ถูกลบโดยผู้ดูแล %@ |
Bu mesaj %@ adlı yönetici tarafından silindi. | Це повідомлення видалив адміністратор (%@). |
یہ میسج ایڈمن %@ نے حذف کر دیا ہے۔ | Quản trị viên %@ đã xóa tin nhắn này. |
管理員%@已刪除此訊息。 | 管理员 %@ 已删除这条消息。 | 管理員 %@ 已刪除此訊息。
""")
"""A message that a group's admin deleted; `%@` is the admin."""

CALLS = phrases("""
Stemoproep gemis | مكالمة صوتية فائتة | Buraxılmış zəng | Пропуснато гласово обаждане |
মিসড ভয়েস কল | Trucada de veu perduda | Zmeškaný hlasový hovor | Mistet opkald |
Verpasster Sprachanruf | Αναπάντητη κλήση | Llamada de voz perdida | Vastamata häälkõne |
تماس صوتی پاسخ داده نشده | Vastaamaton äänipuhelu | Appel vocal manqué | છૂટી ગયેલ ધ્વનિ કૉલ |
שיחה קולית שלא נענתה | छूटी हुई ध्वनि कॉल | Propušten glasovni poziv | Nem fogadott hanghívás |
Panggilan suara tak terjawab | Chiamata vocale persa | 不在着信 | Жауапсыз қоңырау |
ತಪ್ಪಿದ ಧ್ವನಿ ಕರೆ | 부재중 전화 | Praleistas balso skambutis | Neatbildēts balss zvans |
Пропуштен гласовен повик | വിളി നഷ്ടപ്പെട്ടു | मिस्ड व्हॉइस कॉल | Panggilan suara terlepas |
Tapt taleanrop | Gemiste spraakoproep | ਮਿਸ ਹੋਈ ਆਵਾਜ਼ ਕਾਲ | Nieodebrane połączenie |
Chamada de voz perdida | Apel vocal nepreluat | Пропущенный аудиозвонок | Zgrešen klic |
Thirrje e shmangur | Пропуштен гласовни позив | Missat röstsamtal | Simu ya sauti uliyoikosa |
தவறிய குரல் அழைப்பு | మిస్సేడ్ వాయిస్ కాల్ | สายที่ไม่ได้รับ | Nakaligtaang voice call |
Cevapsız sesli arama | Пропущений аудіодзвінок | چھوٹی ہوئی صوتی کال |
O‘tkazib yub. ovozli qo‘ng‘iroq | Cuộc gọi nhỡ | 未接语音通话 | 未接語音通話 | Missed voice call |
Video-oproep gemis | مكالمة فيديو فائتة | Buraxılmış video zəng | Пропуснато видео обаждане |
মিস করা ভিডিও কল | Trucada de vídeo perduda | Zmeškaný videohovor | Mistede video opkald |
Verpasster Videoanruf | Αναπάντητη βιντεοκλήση | Videollamada perdida | Vastamata videokõne |
تماس تصویری پاسخ داده نشده | Vastaamaton videopuhelu | Appel vidéo manqué | છૂટી ગયેલ વિડિઓ કૉલ |
שיחת וידאו שלא נענתה | छूटी हुई विडियो कॉल | Propušten video poziv | Nem fogadott videóhívás |
Panggilan video tak terjawab | Videochiamata persa | ビデオ通話不在着信 | Жауапсыз видео қоңырау |
ತಪ್ಪಿದ ದೃಶ್ಯ ಕರೆ | 부재중 영상통화 | Praleistas video skambutis | Neatbildēts video zvans |
Пропуштен видео повик | നഷ്ടമായ വീഡിയോ കാൾ | मिस्ड व्हिडिओ कॉल | Panggilan video terlepas |
Tapt videosamtale | Gemiste video-oproep | ਮਿਸ ਹੋਈ ਵੀਡੀਓ ਕਾਲ | Nieodebrane poł. wideo |
Chamada de vídeo perdida | Videochamada perdida | Apel video nepreluat | Пропущенный видеозвонок |
Neodgovorjen video klic | Videothirrje e shmangur | Пропуштен видео позив | Missat videosamtal |
Simu ya video uliyoikosa | தவறிய காணொலி அழைப்பு | తప్పిన వీడియోకాల్ | สายโทรวิดีโอที่ไม่ได้รับ |
Nakaligtaang video call | Cevapsız görüntülü arama | Пропущений відеодзвінок |
چھوٹی ہوئی ویڈیو کال | O‘tkazib yub. videoqo‘ng‘iroq | Cuộc gọi nhỡ video | 未接视频通话 |
未接視像通話 | Missed video call | ভয়েস কল মিস করেছেন | Zmeškaný hovor | Ubesvaret taleopkald |
Αναπάντητη φωνητική κλήση | Llamada perdida | Guthghlao caillte | છૂટી ગયેલો વોઇસ કૉલ |
वॉइस कॉल मिस हुई | Propušteni glasovni poziv | 音声通話不在着信 | Panggila suara terlepas |
Gemist spraakgesprek | Nieodebrane poł. głosowe | Apel vocal ratat | مسڈ وائس کال |
ভিডিও কল মিস করেছেন | Videotrucada perduda | Ubesvaret videoopkald | تماس تصویری بی‌پاسخ |
Físghlao caillte | છૂટી ગયેલ વિડિયો કૉલ | मिस्ड वीडियो कॉल | Propušteni videopoziv |
Nem fogadott videohívás | Tapt videoanrop | Gemist videogesprek | Apel video ratat |
วิดีโอคอลที่ไม่ได้รับ | مسڈ ویڈیو کال | Voice call | Video call | No answer |
Silenced voice call | Silenced video call | Missed group voice call | Missed group video call |
Missed group call | Group voice call | Group video call | Group call | Call failed |
Sprachanruf | Videoanruf | Videollamada | Llamada de voz | Appel vocal | Appel vidéo |
Chamada de voz | Chamada de vídeo | Videochamada | Chiamata vocale | Videochiamata |
Spraakoproep | Video-oproep | Аудиозвонок | Видеозвонок | Sesli arama | Görüntülü arama |
Panggilan suara | Panggilan video | 语音通话 | 视频通话 | 語音通話 | 視訊通話
""")
"""Calls."""

ATTACHED_IOS = phrases("""
المُرفق: %@ | attached: %@ | adjunt: %@ | příloha: %@ | vedhæftet: %@ | Anhang: %@ |
επισυνάφθηκε: %@ | adjunto: %@ | پیوست: %@ | liite: %@ | pièce jointe : %@ | ceangailte: %@ |
જોડાયેલ: %@ | מצורף: %@ | अटैच किया गया: %@ | priloženo: %@ | csatolva: %@ | terlampir: %@ |
allegato: %@ | 添付ファイル: %@ | 첨부됨: %@ | संलग्न केले: %@ | dilampir: %@ | vedlagt: %@ |
bijgevoegd: %@ | załączono: %@ | anexado: %@ | anexo: %@ | atașare: %@ | прикреплено: %@ |
príloha: %@ | bifogat: %@ | แนบ: %@ | %@ eklendi | додано: %@ | پیوستہ: %@ | đính kèm: %@ |
附件：%@
""")
"""iPhone, in angle brackets: an attached file; `%@` is its name."""

ATTACHED_AFTER = ("இணைக்கப்பட்டது",)
"""Android, after a file's name without brackets (Tamil)."""

ATTACHED_BEFORE = ("فایل پیوست شد",)
"""Android, before a file's name (Persian)."""

EDITED = phrases("""
This message was edited | Diese Nachricht wurde bearbeitet | Se editó este mensaje |
Ce message a été modifié | Mensagem editada | Esta mensagem foi editada |
Questo messaggio è stato modificato | Dit bericht is bewerkt | Bu mesaj düzenlendi |
Tato zpráva byla upravena | Сообщение изменено | Pesan ini diedit | تم تعديل هذه الرسالة |
ההודעה נערכה
""")
"""In angle brackets after the text of an edited message."""

POLL = phrases("""
POLL | ENCUESTA | ENQUETE | SONDAGEM | SONDAGE | UMFRAGE | SONDAGGIO | PEILING | ANKET
""")
"""The first word of a poll, before a colon."""

VIEW_ONCE = phrases("""
لقد تلقيت رسالة للعرض مرة واحدة. | আপনি "একবার দেখা যাবে" এমন মেসেজ পেয |
Has rebut un missatge que només es p | Obdržel/a jste zprávu s jednorázovým |
Du har modtaget en besked med engang | Du hast eine Nachricht zur einmalige |
Λάβατε ένα μήνυμα προβολής μίας φορά | You received a view once message. |
Recibiste un mensaje de visualizació | پیام یک‌بار قابل‌مشاهده‌ای دریافت کر |
Sait vain kerran katsottavan viestin | Vous avez reçu un message à vue uniq |
Fuair tú teachtaireacht amhairc aonu | તમને એક વાર જોઈ શકાય તેવો મેસેજ મળ્ય |
קיבלת הודעה שמוגדרת לצפייה חד פעמית. | आपको एक बार देखा जा सकने वाला मैसेज |
Primili ste poruku s jednokratnim pr | Egyszer megtekinthető üzenetet kaptá |
Anda menerima pesan sekali lihat. | Hai ricevuto un messaggio visualizza |
1回表示のメッセージを受信しました。 | 한 번만 표시되는 메시지를 받았습니다. |
तुम्हाला एकदाच पाहता येणारा मेसेज मि | Anda telah menerima mesej sekali pap |
Du har mottatt en melding som kan vi | U hebt een bericht voor eenmalige we |
Otrzymałeś(-aś) wiadomość do jednora | Você recebeu uma mensagem de visuali |
Recebeu uma mensagem de visualização | Ați primit un mesaj cu afișare unică |
Вы получили сообщение однократного п | Dostali ste správu na jedno pozretie |
Du har fått ett meddelande som visas | คุณได้รับข้อความที่ดูได้ครั้งเดียว ค |
Bir kez görüntülendikten sonra kaybo | Ви отримали одноразове повідомлення. |
آپ کو ایک بار دیکھنے کا میسج موصول ہ | Bạn đã nhận được tin nhắn xem một lầ |
您收到閱後即删訊息。 | 您收到了仅可查看一次的消息。 | 您已收到一則單次檢視訊息。 |
You sent a view once message.
""")
"""The beginnings of the text that stands for a view-once message."""

VIEW_ONCE_OMITTED = phrases("""
View once voice message omitted | View once photo omitted | View once video omitted |
View once message omitted
""")
"""Android, in angle brackets: a view-once message in an export without media."""

WAITING = phrases("""
في انتظار هذه الرسالة | এই মেসেজের জন্য অপেক্ষা করা হচ্ছে। | Esperant aquest missatge. |
Čeká se na tuto zprávu. | Venter på denne besked. | Warte auf diese Nachricht. |
Αναμονή για αυτό το μήνυμα. | Waiting for this message. | Esperando el mensaje. |
در انتظار برای این پیام. | Odotetaan tätä viestiä. | En attente de ce message. |
Ag fanacht leis an teachtaireacht se | આ મેસેજની રાહ જોવાય છે. | בהמתנה להודעה זו. |
इस मैसेज को लोड होने में थोड़ा समय ल | Čekanje na ovu poruku. | Várakozás az üzenetre. |
Menunggu pesan ini. | In attesa del messaggio. | メッセージを待っています。 |
메시지 암호화 대기중입니다. | या मेसेजची प्रतीक्षा करत आहोत. | Menunggu untuk mesej ini. |
Venter på denne meldingen. | Wachten op dit bericht. | Oczekiwanie na tę wiadomość. |
Aguardando mensagem. | A aguardar pela mensagem. | Se așteaptă mesajul. | Ожидание сообщения. |
Čaká sa na túto správu. | Väntar på meddelande. | กำลังรอข้อความนี้ อาจใช้เวลาสักครู่ |
Mesaj bekleniyor. | Очікування повідомлення. | اس میسج کا انتظار ہے۔ |
Đang chờ ghi chú thanh toán này. | 正在等待此訊息 | 正在等待信息 | 正在等待訊息 |
Waiting for this message | This message can't be displayed here.
""")
"""The beginnings of the text that stands for a message that the phone has not received."""

# --- Notices -----------------------------------------------------------------------------------

# Whole notices that an iPhone writes under somebody's name, by where they stand. `%@` is any name
# or words, `%s` the sender of the line. Security codes and business accounts are here in all
# languages of the app, other notices in a few.

CHAT_NOTICES = phrases("""
تغيّر رمز أمانك المُستخدَم مع %@. | يستخدم هذا النشاط التجاري خدمة محمية توفرها شركة Meta لإدارة
هذه الدردشة. انقر لمعرفة المزيد. | تجري هذه الدردشة مع حساب تجاري. | %@-এর সাথে আপনার নিরাপত্তা
কোড পরিবর্তিত হয়েছে। | এই চ্যাট ম্যানেজ করার জন্য এই বিজনেস Meta-এর নিরাপদ পরিষেবা ব্যবহার করে।
আরও জানতে ট্যাপ করুন। | এই চ্যাটটি বিজনেস অ্যাকাউন্টের সাথে হচ্ছে। | El teu codi de seguretat amb
%@ ha canviat. | Aquest negoci utilitza un servei segur de Meta per gestionar aquest xat. Toca per
obtenir més informació. | Aquest xat és amb un compte de negoci. | Bezpečnostní kód mezi vámi
a uživatelem %@ byl změněn. | Tato společnost ke správě tohoto chatu používá zabezpečené služby
společnosti Meta. Další informace zobrazíte klepnutím. | Toto je chat s účtem společnosti. | Din
sikkerhedskode for %@ har ændret sig. | Denne virksomhed bruger en sikker tjeneste fra Meta til at
administrere denne chat. Tryk for at læse mere. | Denne chat er med en virksomhedskonto. | Deine
Sicherheitsnummer für %@ hat sich geändert. | Dieses Unternehmen verwendet einen sicheren Service
von Meta, um diesen Chat zu verwalten. Tippe, um mehr zu erfahren. | Dieser Chat ist mit einem
Unternehmenskonto. | Ο κωδικός ασφαλείας σας με %@ άλλαξε. | Αυτή η επιχείρηση χρησιμοποιεί μια
ασφαλή υπηρεσία προερχόμενη από την εταιρεία Meta για τη διαχείριση αυτής της συνομιλίας. Πατήστε
για να μάθετε περισσότερα. | Αυτή η συνομιλία γίνεται με έναν επαγγελματικό λογαριασμό. | Your
security code with %@ changed. | This business uses a secure service from Meta to manage this
chat. Tap to learn more. | This chat is with a business account. | Cambió tu código de seguridad
con %@. | Esta empresa usa un servicio seguro de Meta para administrar este chat. Pulsa para
obtener más información. | Este chat es con una cuenta de empresa. | کد امنیتی شما با %@ تغییر
کرد. | این کسب‌وکار برای مدیریت این گفتگو از خدمات ایمن شرکت Meta استفاده می‌کند. برای کسب اطلاعات
بیشتر، اینجا ضربه بزنید. | این گفتگو با یک حساب تجاری است. | Turvanumerosi muuttui henkilön %@
kanssa. | Tämä yritys käyttää Metan suojauspalvelua tämän keskustelun hallinnoimiseen. Lue lisää
napauttamalla. | Keskustelet yritystiliä käyttävän yrityksen kanssa. | Votre code de sécurité avec
%@ a changé. | Cette entreprise utilise un service sécurisé de la société Meta pour gérer cette
discussion. Appuyez pour en savoir plus. | Cette discussion est entre vous et un compte
professionnel. | Athraíodh an cód slándála atá agat le %@. | Úsáideann an gnóthas seo seirbhís
shlán ó Meta leis an gcomhrá seo a bhainistiú. Tapáil le tuilleadh faisnéise a fháil. | Is le
cuntas gnó an comhrá seo. | %@ સાથેનો તમારો સુરક્ષા કોડ બદલાઈ ગયો. | આ બિઝનેસ Metaની સુરક્ષિત
સેવાનો ઉપયોગ કરીને આ ચેટનું સંચાલન કરે છે. વધુ જાણવા માટે અહીં દબાવો. | આ ચેટ બિઝનેસ એકાઉન્ટ સાથે
છે. | קוד האבטחה עם %@ שונה. | העסק הזה משתמש בשירות מאובטח של חברת Meta לניהול הצ'אט הזה. יש
להקיש למידע נוסף. | צ'אט זה מתנהל עם חשבון עסקי. | %@ के लिए आपका सुरक्षा कोड बदल गया है. | यह
बिज़नेस, इस चैट को मैनेज करने के लिए Meta की सुरक्षित सर्विस का इस्तेमाल करता है. ज़्यादा जानने के
लिए टैप करें. | यह चैट बिज़नेस अकाउंट के साथ हो रही है. | Vaš sigurnosni kôd za kontakt %@
promijenio se. | Ova tvrtka upotrebljava sigurnu uslugu tvrtke Meta za upravljanje razgovorom.
Dodirnite da biste saznali više. | Ovo je razgovor s poslovnim računom. | %@ biztonsági kódja
megváltozott. | Ez a vállalkozás a Meta egy biztonságos szolgáltatását használja a csevegés
kezelésére. További információkért koppints ide. | Ez a csevegés egy üzleti fiókkal zajlik. | Kode
keamanan Anda dengan %@ telah berubah. | Bisnis ini menggunakan layanan aman dari perusahaan Meta
untuk mengelola chat ini. Ketuk untuk info selengkapnya. | Chat ini dengan akun bisnis. | Il tuo
codice di sicurezza con %@ è cambiato. | Questa azienda usa un servizio sicuro di Meta per gestire
questa chat. Tocca per saperne di più. | Questa è una chat con un account business. |
%@とのセキュリティコードが変更されました。 |
この事業者は、Metaの安全なサービスを使用してこのチャットを管理しています。タップして詳細を表示。 |
ビジネスアカウントとのチャットです。 | %@님과의 보안 코드가 변경되었습니다. | 이 비즈니스는 Meta의
안전한 서비스를 이용하여 대화를 관리합니다. 더 알아보려면 탭하세요. | 이 대화는 비즈니스 계정과의
대화입니다. | तुमचा %@ संबंधित सुरक्षा कोड बदलला आहे. | हे चॅट व्यवस्थापित करण्यासाठी हा बिझनेस
Meta कडील सुरक्षित सर्व्हिस वापरतो. अधिक जाणून घेण्यासाठी टॅप करा. | हे चॅट बिझनेस खात्यासह होत
आहे. | Kod keselamatan anda dengan %@ telah berubah. | Perniagaan ini menggunakan perkhidmatan
yang selamat daripada Meta untuk mengendalikan sembang ini. Ketik untuk mengetahui lebih lanjut. |
Sembang ini adalah dengan akaun perniagaan. | Sikkerhetskoden med %@ ble endret. | Denne
virksomheten bruker en sikker tjeneste fra Meta til å administrere denne samtalen. Trykk for å
finne ut mer. | Denne samtalen er med en virksomhetskonto. | Uw beveiligingscode voor %@ is
gewijzigd. | Dit bedrijf gebruikt een veilige dienst van Meta om deze chat te beheren. Tik voor
meer informatie. | Deze chat is met een bedrijfsaccount. | Twój kod zabezpieczeń z użytkownikiem
%@ zmienił się. | Ta firma korzysta z bezpiecznej usługi firmy Meta do zarządzania tym czatem.
Stuknij, aby dowiedzieć się więcej. | Czatujesz z kontem firmy. | Seu código de segurança com %@
mudou. | Esta empresa usa um serviço seguro da empresa Meta para gerenciar esta conversa. Toque
para saber mais. | Você está conversando com uma conta comercial. | O seu código de segurança
partilhado com %@ mudou. | Esta empresa usa um serviço seguro da Meta para gerir esta conversa.
Toque para saber mais. | Está a conversar com uma conta empresarial. | Codul dvs. de securitate cu
%@ s-a schimbat. | Această întreprindere folosește un serviciu securizat al companiei Meta pentru
a gestiona această conversație. Atingeți pentru a afla mai multe. | Această conversație este cu un
cont de întreprindere. | Ваш код безопасности с контактом %@ изменился. | Для управления этим
чатом данная компания использует защищённый сервис Meta. Подробнее. | Данная переписка ведётся с
бизнес-аккаунтом. | Bezpečnostný kód, ktorý zdieľate s používateľom %@, bol zmenený. | Táto
spoločnosť využíva na správu tohto chatu zabezpečenú službu od spoločnosti Meta. Klepnutím
zobrazíte viac informácií. | Toto je chat s účtom spoločnosti. | För att kontrollera en kontakts
säkerhetskod öppnar du sidan för deras Kontaktinfo och trycker “%@”. | Det här företaget använder
en säker tjänst från Meta för att hantera den här chatten. Tryck för att läsa mer. | Chatt med ett
företagskonto. | รหัสความปลอดภัยของคุณกับ %@ มีการเปลี่ยนแปลง | ธุรกิจนี้ใช้บริการที่ปลอดภัยจาก
Meta เพื่อจัดการแชทนี้ แตะเพื่อเรียนรู้เพิ่มเติม | แชทนี้เป็นการติดต่อกับบัญชีธุรกิจ | %@ ile
aranızdaki güvenlik kodu değişti. | Bu işletme bu sohbeti yönetmek için Meta'nın sunduğu güvenli
bir hizmeti kullanıyor. Daha fazla bilgi edinmek için dokunun. | Bu sohbet bir işletme hesabıyla
yapılıyor. | Код безпеки з контактом %@ змінився. | Цей бізнес використовує надійні послуги
компанії Meta, щоб керувати цією бесідою. Торкніться, щоб дізнатися більше. | Це бесіда з
обліковим записом бізнесу. | %@ کے ساتھ آپ کا سیکیورٹی کوڈ تبدیل ہوگیا ہے۔ | یہ کاروبار اس چیٹ کا
نظم کرنے کے لیے Meta کی محفوظ سروس کا استعمال کرتا ہے۔ مزید معلومات کے لیے ٹیپ کریں۔ | یہ چیٹ ایک
کاروباری اکاؤنٹ کے ساتھ ہے۔ | Mã bảo mật của bạn với %@ đã thay đổi. | Doanh nghiệp này sử dụng
dịch vụ bảo mật của Meta để quản lý đoạn chat này. Hãy nhấn để tìm hiểu thêm. | Bạn đang trò
chuyện với một tài khoản doanh nghiệp. | 您與%@之間的安全代碼已變更。 | 此商家使用 Meta
提供的安全服務管理此對話。點按以瞭解詳情。 | 此對話的對象是商業帳戶。 | 您和 %@ 的安全代码已更改。
| 该商家使用 Meta 提供的安全服务来管理此对话。点击了解更多。 | 正在与商业帐号进行对话。 | 您與 %@
的安全碼已變更。 | 此商家使用 Meta 公司提供的安全服務管理此對話。點擊以了解更多。 |
這個對話是與商業帳號進行。 | Your security code with %@ changed. Tap to learn more | Deine
Sicherheitsnummer für %@ hat sich geändert. Tippe, um mehr zu erfahren | This business is now
using a secure service from Meta to manage this chat. Tap to learn more | This business works with
other companies to manage this chat. Tap to learn more | This chat is with the official business
account of %@. Tap to learn more | This business account has now registered as a standard account.
Tap to learn more | %@ changed their phone number to a new number | %@ changed their phone number
to a new number. Tap to message or add the new number | %@ hat die Telefonnummer zu einer neuen
Nummer geändert. Tippe, um eine Nachricht zu schreiben | %@ cambió su número de teléfono a uno
nuevo. Toca para enviar un mensaje o añadir el nuevo número | You updated the message timer. New
messages will disappear from this chat %@ after they're sent%@ | %@ updated the message timer. New
messages will disappear from this chat %@ after they're sent%@ | You turned on disappearing
messages. New messages will disappear from this chat %@ | %@ turned on disappearing messages. New
messages will disappear from this chat %@ | You turned off disappearing messages. Tap to change |
You turned off disappearing messages | %@ turned off disappearing messages. Tap to change | You
turned on advanced chat privacy%@ | You turned off advanced chat privacy%@ | %@ turned on advanced
chat privacy. Tap to learn more | %@ turned off advanced chat privacy. Tap to learn more | You
blocked this contact | You blocked this contact. Tap to unblock | You unblocked this contact | You
blocked this business | You blocked this business. Tap to unblock | You unblocked this business |
Du hast diesen Kontakt blockiert | Du hast diesen Kontakt blockiert. Zum Freigeben tippen | Du
hast diesen Kontakt freigegeben | Bloqueaste este contacto | Bloqueaste a este contacto |
Desbloqueaste este contacto | Desbloqueaste a este contacto | Vous avez bloqué ce contact | Vous
avez débloqué ce contact | Você bloqueou este contato | Você desbloqueou este contato | Bloqueou
este contacto | Desbloqueou este contacto | Hai bloccato questo contatto | Hai sbloccato questo
contatto | Je hebt dit contact geblokkeerd | U hebt dit contact geblokkeerd | Вы заблокировали
этот контакт | Вы разблокировали этот контакт | Bu kişiyi engellediniz | You changed the chat
theme | You pinned a message
""")
"""About a chat or the other party, whoever is named."""

SENDER_NOTICES = phrases("""
%s changed their phone number | %s is a contact | %s changed to %@
| %s changed the chat theme | %s pinned a message
""")
"""In any chat, about the sender of the line."""

GROUP_NOTICES = phrases("""
%s created group "%@" | %s created this group | %s created the group | %s added you | %s added %@
| %s removed you | %s removed %@ | %s left | %s left the group | %s was added | %s was removed |
%s joined using this group's invite link | %s joined using a group link | %s joined using your
invite | %s joined from the community | %s changed the subject to "%@" | %s changed the subject
from "%@" to "%@" | %s changed the group name to "%@" | %s changed the group name from "%@" to
"%@" | %s changed this group's icon | %s deleted this group's icon | %s changed the group
description | %s deleted the group description | %s changed this group's settings to allow %@ | %s
is now an admin | %s is no longer an admin | %s hat die Gruppe "%@" erstellt | %s hat die Gruppe
erstellt | %s hat dich hinzugefügt | %s hat %@ hinzugefügt | %s wurde hinzugefügt | %s hat dich
entfernt | %s hat %@ entfernt | %s hat die Gruppe verlassen | %s hat das Gruppenbild geändert | %s
hat den Betreff von "%@" zu "%@" geändert | %s hat die Gruppenbeschreibung geändert | %s ist der
Gruppe mithilfe des Einladungslinks beigetreten | %s hat zu %@ gewechselt | %s creó el grupo "%@"
| %s creó este grupo | %s te añadió | %s te agregó | %s añadió a %@ | %s agregó a %@ | %s eliminó
a %@ | %s salió del grupo | %s cambió el ícono de este grupo | %s cambió el asunto de "%@" a "%@"
| %s se unió usando el enlace de invitación de este grupo | %s a créé le groupe "%@" | %s a créé
ce groupe | %s vous a ajouté | %s a ajouté %@ | %s a retiré %@ | %s est parti | %s a quitté le
groupe | %s criou o grupo "%@" | %s criou este grupo | %s adicionou você | %s adicionou %@ | %s
removeu %@ | %s saiu | %s saiu do grupo | %s entrou usando o link de convite deste grupo | %s ha
creato il gruppo "%@" | %s ha creato questo gruppo | %s ti ha aggiunto | %s ha aggiunto %@ | %s ha
rimosso %@ | %s ha abbandonato | %s ha abbandonato il gruppo | %s heeft de groep "%@" gemaakt | %s
heeft deze groep gemaakt | %s heeft je toegevoegd | %s heeft %@ toegevoegd | %s heeft %@
verwijderd | %s heeft de groep verlaten | You created group "%@" | You created this group | You
created the group | You added %@ | You removed %@ | You left | You left the group | You were added
| You were removed | You joined using this group's invite link | You joined using a group link |
You joined from the community | You changed the subject to "%@" | You changed the subject from
"%@" to "%@" | You changed the group name to "%@" | You changed the group name from "%@" to "%@" |
You changed this group's icon | You deleted this group's icon | You changed the group description
| You changed this group's settings to allow %@ | You're now an admin | You're no longer an admin
| Du hast die Gruppe "%@" erstellt | Du hast die Gruppe erstellt | Du hast %@ hinzugefügt | Du
wurdest hinzugefügt | Du wurdest entfernt | Du hast %@ entfernt | Du hast die Gruppe verlassen |
Du bist jetzt ein Admin | Du bist jetzt Admin | Creaste el grupo "%@" | Creaste este grupo |
Añadiste a %@ | Agregaste a %@ | Eliminaste a %@ | Saliste del grupo | Te añadieron | Vous avez
créé le groupe "%@" | Vous avez créé ce groupe | Vous avez ajouté %@ | Vous avez été ajouté | Vous
avez quitté le groupe | Você criou o grupo "%@" | Você criou este grupo | Você adicionou %@ | Você
foi adicionado | Você saiu | Você saiu do grupo | Hai creato il gruppo "%@" | Hai creato questo
gruppo | Hai aggiunto %@ | Hai abbandonato il gruppo | Je hebt de groep "%@" gemaakt | Je hebt
deze groep gemaakt | Je hebt %@ toegevoegd | Je bent toegevoegd | Je hebt de groep verlaten |
%s создал(-а) группу "%@" | %s создал группу "%@" | %s добавил(-а) %@ | %s добавил(-а) вас |
%s удалил(-а) %@ | %s покинул(-а) группу | %s вышел(-шла) | %s вышел |
%s присоединился(-лась) к группе по %@ | Вы создали группу "%@" | Вы добавили %@ |
Вы присоединились к группе по %@ | %s створив(-ла) групу "%@" | %s додав(-ла) %@ |
%s вилучив(-ла) %@ | %s залишив(-ла) групу | %s вийшов(-шла) |
%s приєднався(-лась) до групи за %@ | Ви створили групу "%@" | Ви додали %@ |
%s utworzył(a) grupę "%@" | %s dodał(a) %@ | %s usunął(-ęła) %@ | %s opuścił(a) grupę |
%s dołączył(a) %@ | Utworzyłeś(-aś) grupę "%@" | Dodałeś(-aś) %@ | Dodano Cię |
Uživatel %@ vytvořil skupinu "%@" | Uživatel %@ přidal uživatele %@ | %s vytvořil(a) skupinu "%@" |
%s přidal(a) %@ | %s odebral(a) %@ | %s opustil(a) skupinu | %s se připojil(a) %@ |
Vytvořili jste skupinu "%@" | Přidali jste %@ | %s vytvoril(a) skupinu "%@" | %s pridal(a) %@ |
%s opustil(a) skupinu | %s létrehozta a(z) "%@" csoportot | %s létrehozta a csoportot |
%s hozzáadta őt: %@ | %s hozzáadta %@ | %s eltávolította %@ | %s kilépett |
%s csatlakozott %@ |
Létrehoztad a(z) "%@" csoportot | Hozzáadtad őt: %@ | %s a creat grupul "%@" | %s a adăugat pe %@ |
%s l-a adăugat pe %@ | %s a adăugat %@ | %s a eliminat %@ | %s a ieșit | %s a părăsit grupul |
%s s-a alăturat %@ | Ați creat grupul "%@" | L-ați adăugat pe %@ | %s "%@" grubunu oluşturdu |
%s bu grubu oluşturdu | %s sizi ekledi | %s %@ kişisini ekledi | %s %@ ekledi | %s %@ çıkardı |
%s ayrıldı | %s gruptan ayrıldı | %s bu grubun davet %@ katıldı | "%@" grubunu oluşturdunuz |
%@ kişisini eklediniz | %s skapade gruppen "%@" | %s lade till %@ | %s tog bort %@ |
%s lämnade gruppen | %s lämnade | %s gick med %@ | Du skapade gruppen "%@" | Du lade till %@ |
%s oprettede gruppen "%@" | %s tilføjede %@ | %s fjernede %@ | %s forlod gruppen |
%s deltager nu %@ | Du oprettede gruppen "%@" | Du tilføjede %@ | %s opprettet gruppen "%@" |
%s la til %@ | %s fjernet %@ | %s forlot gruppen | %s forlot | %s ble med %@ |
Du opprettet gruppen "%@" | Du la til %@ | %s loi ryhmän "%@" | %s lisäsi käyttäjän %@ |
%s lisäsi %@ | %s poisti käyttäjän %@ | %s poistui ryhmästä | %s poistui | %s liittyi %@ |
Loit ryhmän "%@" | Lisäsit käyttäjän %@ | Ο χρήστης %@ δημιούργησε την ομάδα "%@" |
%s δημιούργησε την ομάδα "%@" | %s πρόσθεσε %@ | %s αφαίρεσε %@ | %s αποχώρησε |
%s έγινε μέλος %@ | Δημιουργήσατε την ομάδα "%@" | Προσθέσατε %@ | أنشأ %@ المجموعة "%@" |
أنشأ %@ مجموعة "%@" | أضاف %@ %@ | أضافك %@ | أزال %@ %@ | غادر %@ | انضم %@ باستخدام %@ |
%s أنشأ المجموعة "%@" | %s أضاف %@ | %s غادر | %s غادر المجموعة | لقد أنشأت المجموعة "%@" |
%s יצר/ה את הקבוצה "%@" | %s יצר/ה קבוצה "%@" | %s הוסיף/ה את %@ | %s הסיר/ה את %@ | %s עזב/ה |
%s יצא/ה | %s הצטרף/ה %@ | יצרת את הקבוצה "%@" | הוספת את %@ | %s گروه "%@" را ایجاد کرد |
%s %@ را اضافه کرد | %s %@ را حذف کرد | %s گروه را ترک کرد | %s خارج شد | %s ने ग्रुप "%@" बनाया |
%s ने "%@" ग्रुप बनाया | %s ने %@ को जोड़ा | %s ने %@ को हटाया | %s ने ग्रुप छोड़ा |
%s ने ग्रुप छोड़ दिया | %s इस ग्रुप के %@ | आपने ग्रुप "%@" बनाया | आपने %@ को जोड़ा |
%s membuat grup "%@" | %s menambahkan %@ | %s mengeluarkan %@ | %s keluar |
%s bergabung menggunakan %@ | Anda membuat grup "%@" | Anda menambahkan %@ |
%s mencipta kumpulan "%@" | %s menambah %@ | %s menyertai %@ | %s đã tạo nhóm "%@" |
%s đã thêm %@ | %s đã xóa %@ | %s đã rời nhóm | %s đã rời đi | %s đã tham gia %@ |
Bạn đã tạo nhóm "%@" | Bạn đã thêm %@ | %s สร้างกลุ่ม "%@" | %s ได้สร้างกลุ่ม "%@" | %s เพิ่ม %@ |
%s ได้เพิ่ม %@ | %s ออกจากกลุ่ม | %s ออกจากกลุ่มแล้ว | %s เข้าร่วมโดยใช้ %@ | คุณสร้างกลุ่ม "%@" |
คุณเพิ่ม %@ | %sがグループ「%@」を作成しました | %sさんがグループ「%@」を作成しました |
%sが%@を追加しました | %sさんが%@さんを追加しました | %sが%@を削除しました | %sが退出しました |
%sさんが退出しました | %sがこのグループの招待リンク%@ | グループ「%@」を作成しました |
%@を追加しました | %s님이 "%@" 그룹을 만들었습니다 | %s님이 그룹 "%@"을(를) 만들었습니다 |
%s님이 %@님을 추가했습니다 | %s님이 %@님을 내보냈습니다 | %s님이 나갔습니다 |
%s님이 그룹을 나갔습니다 | %s님이 초대 링크%@ | 회원님이 %@님을 추가했습니다 | %s创建了群组"%@" |
%s创建了此群组 | %s添加了%@ | %s移除了%@ | %s退出了群组 | %s退出了 | %s通过%@加入 |
您创建了群组"%@" | 您添加了%@ | %s 建立了群組「%@」 | %s 已建立群組「%@」 | %s 已新增 %@ |
%s 已加入 %@ | %s 已移除 %@ | %s 離開了群組 | %s 離開了 | %s 已透過%@加入 | 您已建立群組「%@」 |
您已新增 %@ | %s je stvorio/la grupu "%@" | %s je dodao/la %@ | %s je izašao/la |
%s je napustio/la grupu | %s ha creat el grup "%@" | %s ha afegit %@ | %s ha abandonat el grup |
%s създаде група "%@" | %s добави %@ | %s напусна | %s напусна групата
""")
"""In groups. In a chat of two, a person may have written such words."""

WORDS_FOR_GROUP = phrases("""
this group | the group | community | gruppe | grupo | groupe | gruppo | groep | grup | grub |
qrup |
guruh | skupin | csoport | ryhmä | rühm | ομάδ | груп | مجموعة | المجموعة | קבוצה | گروه |
گروپ |
ग्रुप | समूह | গ্রুপ | ગ્રુપ | ਗਰੁੱਪ | குழு | సమూహ | గ్రూప్ | ಗುಂಪು | ഗ്രൂപ്പ് | กลุ่ม | nhóm |
グループ |
그룹 | 群 | kumpulan | kikundi | ກຸ່ມ | ក្រុម
""")
"""The word for a group, or how it begins, in the languages of the app."""


# --- Times -------------------------------------------------------------------------------------

# Data of CLDR, in the abbreviation that phones show, and of exports that were found. A word of
# which two languages have opposite meanings is left out: it is better refused than misread.
# Without case, blanks, dots and quotes.
# Without case, blanks, dots and quotes.
TIME_WORDS = {
    "morning": (
        "am a ص صباحا صباحًا قظ ق قبلازظهر πμ de öö sa pg pd дп dop fm ap vm vorm "
        "vormittags morgens пробяд проб претпл priešpiet priekšp पूर्वाह्न सुबह ਪੂਦੁ ጥዋት לפנהצ "
        "上午 凌晨 清晨 早上 午前 朝 "
        "오전 아침 새벽 පෙව fh rn үө ກ່ອນທ່ຽງ နံနက် to mañana madrugada delamañana delamadrugada "
        "ఉ s v förmiddag paradite eparadites ก่อนเที่ยง "
        "matin dumatin mattina dimattina manhã damanhã madrugada damadrugada ранку утра sáng "
        "saaku an পূৰ্বাহ্ন སྔ་ཆ་ སྔ་དྲོ་ wd صبح gh ቅቀ hh फुं ፋዱስጃብ ᏌᎾᎴ بن ϧⲙ ᐊᒼ सवेर lb ጽባሕ ntufat "
        "भोर নুমাং ǁgoagas rw soodo ማለዶ 上晝 sf غم एएम ଏଏମ ఎఎమ్ 𞤀𞤎 subaka"
    ),
    "afternoon": (
        "pm p م مساء مساءً بظ ب بعدازظهر μμ du ös ch ptg md пп odp em ip nm nachm "
        "nachmittags abends слоб сл попл popiet pēcp अपराह्न दोपहर शाम ਬਾਦੁ ከሰዓት אחהצ "
        "下午 晚上 傍晚 午後 夕方 "
        "오후 저녁 පව eh in үх ຫຼັງທ່ຽງ ညနေ tk tarde delatarde noche delanoche après-midi soir dusoir "
        "సా c n eftermiddag pasdite epasdites หลังเที่ยง "
        "pomeriggio dipomeriggio sera disera tarde datarde noite danoite дня вечора вечера chiều "
        "tối pop carra anw অপৰাহ্ন ཕྱི་ཆ་ ཕྱི་དྲོ་ wb شام gd ድቀ ea बेलासे ፋዱስደምቢ ᏒᎯᏱᎢ دن ⲙⲙ ᐲᒼ सञ sn ምሴት "
        "ntmeddit सांझ ǃuias tŋ hawwaro ቃማ 下晝 ym غو पीएम ପିଏମ పిఎమ్ 𞤇𞤎 kikiiɗe"
    ),
    "noon": ("mittags 中午 正午 昼 noon mediodía delmediodía midi mezzogiorno meio-dia trưa m"),
    "night": (
        "nachts 午夜 深夜 夜 夜中 真夜中 자정 밤 रात midnight mitternacht ночи ночі đêm éjjel"
    ),
}
"""The words around a time, by the part of the day that they mean."""
